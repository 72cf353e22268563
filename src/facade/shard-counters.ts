import { COUNT_NAMES } from '../protocol.js';
import type { StoreCounts } from '../shard/session-store.js';

const NOTHING: StoreCounts = {
  sessions: 0,
  bytes: 0,
  hits: 0,
  misses: 0,
  sets: 0,
  expired: 0,
  evictedForSessions: 0,
  evictedForBytes: 0,
  refused: 0,
};

/** What one shard has counted, over the lives of all its workers; as far as it has said so. */
export class ShardCounters {
  // Of the workers that have ended.
  #before = NOTHING;
  #now = NOTHING;

  get total(): StoreCounts {
    return combine(this.#before, this.#now, (before, now) => before + now);
  }

  /** Tells how much has come to each count since the last call. */
  update(counts: StoreCounts): StoreCounts {
    const growth = combine(counts, this.#now, (after, before) => after - before);
    this.#now = counts;
    return growth;
  }

  /** The worker has ended and its sessions with it. Tells how many these were. */
  endWorker(): number {
    const { sessions } = this.#now;
    this.#before = { ...this.total, sessions: 0, bytes: 0 };
    this.#now = NOTHING;
    return sessions;
  }
}

function combine(
  one: StoreCounts,
  other: StoreCounts,
  combineCount: (one: number, other: number) => number,
): StoreCounts {
  const counts: Record<keyof StoreCounts, number> = { ...one };
  for (const name of COUNT_NAMES) counts[name] = combineCount(one[name], other[name]);
  return counts;
}
