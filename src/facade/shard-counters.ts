import { countsOf, type ShardCounts } from '../shard-counts.js';

const NOTHING = countsOf(() => 0);

/** What one shard has counted, over the lives of all its workers; as far as it has said so. */
export class ShardCounters {
  // Of the workers that have ended.
  #before = NOTHING;
  #now = NOTHING;

  get total(): ShardCounts {
    return countsOf((name) => this.#before[name] + this.#now[name]);
  }

  /** Tells how much has come to each count since the last call. */
  update(counts: ShardCounts): ShardCounts {
    const before = this.#now;
    this.#now = counts;
    return countsOf((name) => counts[name] - before[name]);
  }

  /** The worker has ended and its sessions with it. Tells how many these were. */
  endWorker(): number {
    const { sessions } = this.#now;
    this.#before = { ...this.total, sessions: 0, bytes: 0 };
    this.#now = NOTHING;
    return sessions;
  }
}
