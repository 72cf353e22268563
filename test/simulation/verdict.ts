import { LINGER_MS } from '../../src/facade/flush-schedule.js';
import type { ProviderStats } from '../../src/provider-stats.js';
import { COUNT_NAMES } from '../../src/shard-counts.js';
import type { Call } from './history.js';
import { isLimited, type Profile } from './profile.js';
import { Violation } from './trace.js';
import type { WorkerLedger } from './worker-ledger.js';

const TICKS_PER_TIMEOUT = 8;
/** Stopping workers takes a little on top of the flush, which may take a tick more than an operation. */
const STOP_MS = 20;
const SHARD_WIDE_KINDS = new Set(['size', 'clear', 'flush', 'stats', 'close']);

export interface VerdictOptions {
  readonly profile: Profile;
  readonly ledger: WorkerLedger;
  readonly calls: readonly Call[];
  readonly shardOf: (id: string) => number;
  readonly elapsedMs: () => number;
  readonly busyMs: () => number;
}

/** Whether calls end as and when they may, and whether what is counted is what happened. */
export class Verdict {
  readonly #options: VerdictOptions;

  constructor(options: VerdictOptions) {
    this.#options = options;
  }

  get tickMs(): number {
    return Math.ceil(this.#options.profile.requestTimeoutMs / TICKS_PER_TIMEOUT);
  }

  /** How long a call may take at most. */
  limitMs(call: Call): number {
    const { requestTimeoutMs } = this.#options.profile;
    const busyMs = this.#options.busyMs() - call.busyMs;
    // A process that is busy may notice a tick late.
    const lateMs = busyMs === 0 ? 0 : busyMs + this.tickMs;
    const closeMs = call.kind === 'close' ? this.tickMs + STOP_MS : 0;
    return requestTimeoutMs + this.tickMs + lateMs + closeMs;
  }

  isOverdue(call: Call): boolean {
    return this.#ageMs(call) > this.limitMs(call);
  }

  /** A failure must be one that can happen now. */
  checkFailure(call: Call): void {
    const reason = this.#whyNot(call);
    if (reason === undefined) return;
    throw new Violation(`call ${call.number}: expected no ${call.code}, as ${reason}`);
  }

  /** What `stats` says must be what the shards have told. */
  checkStats(stats: ProviderStats): void {
    const { ledger, profile, calls } = this.#options;
    // What shards still hold that are being stopped is nobody's concern.
    if (ledger.closing) return;
    const shardWide = calls.filter(({ kind }) => SHARD_WIDE_KINDS.has(kind)).length;
    for (const told of stats.shards) {
      const expected = ledger.countsToldOf(told.shard);
      for (const name of COUNT_NAMES) {
        expectEqual(`${name} of shard ${told.shard}`, told[name], expected[name]);
      }
      const { starts } = ledger.record(told.shard);
      expectEqual('restarts', told.restarts, Math.max(0, starts - 1));
      expectEqual('evicted', told.evicted, told.evictedForBytes + told.evictedForSessions);
      // Some more that set inactive are let in.
      const pendingMax = Math.ceil(1.5 * profile.bounds.operationsMax) + shardWide;
      if (told.pending > pendingMax) {
        throw new Violation(`expected at most ${pendingMax} pending, got ${told.pending}`);
      }
    }
    for (const name of [...COUNT_NAMES, 'restarts', 'pending'] as const) {
      expectEqual(
        name,
        stats[name],
        stats.shards.reduce((sum, shard) => sum + shard[name], 0),
      );
    }
  }

  #ageMs(call: Call): number {
    return this.#options.elapsedMs() - call.calledMs;
  }

  #whyNot(call: Call): string | undefined {
    const { profile, ledger } = this.#options;
    const { name, limits } = profile;
    const faulty = name === 'faults' || name === 'everything';
    switch (call.code) {
      case 'ERR_INVALID_SESSION_ID':
        return call.kind === 'invalid' ? undefined : 'the id is valid';
      case 'ERR_CLOSED':
        return ledger.closing ? undefined : 'it is open';
      case 'ERR_STORE_FULL':
        return isLimited(limits) ? undefined : 'there is no limit';
      case 'ERR_OVERLOADED':
        if (name === 'calm') return 'there is little to do';
        return this.#ageMs(call) > this.#options.busyMs() - call.busyMs ? 'it is late' : undefined;
      case 'ERR_TIMEOUT':
        if (!faulty) return 'all is well';
        return this.#ageMs(call) >= profile.requestTimeoutMs || this.#joinedAnother(call)
          ? undefined
          : 'it is early';
      case 'ERR_SHARD_UNAVAILABLE':
        return this.#wasUnavailable(call) ? undefined : 'its shard could be started';
      case 'ERR_JOURNAL_WRITE':
        if (profile.fsync !== 'always' && !ledger.closing) return 'nobody waits for the disk';
        return this.#shardsOf(call).some((shard) => ledger.diskFailed(shard, call.calledAt))
          ? undefined
          : 'its disk is well';
      case 'ERR_POISONOUS_OPERATION':
        return this.#shardsOf(call).some((shard) => ledger.record(shard).ends >= 3)
          ? undefined
          : 'no three workers have ended';
      default:
        return 'this code is not known';
    }
  }

  /** It shares the time of a call before it: an answer under way, or a batch with a waiting `set`. */
  #joinedAnother({ kind, id, number }: Call): boolean {
    const { shardOf, calls } = this.#options;
    const inBatch = kind === 'set' || kind === 'setInactive';
    return calls.some(
      (other) =>
        other.number < number &&
        (inBatch ? other.kind === 'set' && shardOf(other.id) === shardOf(id) : other.id === id) &&
        this.#ageMs(other) >= this.#options.profile.requestTimeoutMs &&
        // The time of a batch that nobody waits for begins when it has lingered.
        this.#ageMs(other) <= this.limitMs(other) + LINGER_MS,
    );
  }

  #wasUnavailable(call: Call): boolean {
    const { ledger } = this.#options;
    return this.#shardsOf(call).some((shard) => ledger.wasUnavailable(shard, call.calledAt));
  }

  #shardsOf({ id }: Call): number[] {
    const { shardOf, profile } = this.#options;
    return id === '' ? [...Array(profile.shards).keys()] : [shardOf(id)];
  }
}

export function expectEqual(what: string, got: unknown, expected: unknown): void {
  if (got !== expected) throw new Violation(`${what}: expected ${expected}, got ${got}`);
}
