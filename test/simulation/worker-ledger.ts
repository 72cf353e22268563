import type { InFlightBounds } from '../../src/facade/in-flight-bounds.js';
import type { Notice } from '../../src/notice.js';
import { countsOfReply, Op, type Reply } from '../../src/protocol.js';
import { countsOf, type ShardCounts } from '../../src/shard-counts.js';
import { type SlotHash, shardOfSlot } from '../../src/slots.js';
import type { AskedOperation } from './batch.js';
import type { DeadlineLedger } from './deadline-ledger.js';
import type { History } from './history.js';
import type { SimulatedWorker } from './simulated-worker.js';
import type { StoreOracle } from './store-oracle.js';
import { type Trace, Violation } from './trace.js';

/** The head of a stored value that an amendment repeats; the facade does not count it. */
const HEAD_BYTES = 9;
const FAILED_STARTS_MAX = 3;
const SHARD_WIDE = new Set<number>([Op.SIZE, Op.CLEAR, Op.STATS, Op.FLUSH, Op.SYNC]);

const NO_COUNTS = countsOf(() => 0);

/** What one shard has been through, as far as the facade can know. */
export interface ShardRecord {
  /** Workers that became ready, that ended, and that failed to start since one was last ready. */
  starts: number;
  ends: number;
  failedStarts: number;
  /** The instant at which it was last unavailable. */
  unavailableAt: number;
  /** The worker that was started last. */
  worker: SimulatedWorker | undefined;
  /** What the workers counted that have ended. */
  countsBefore: ShardCounts;
  /** The events to come out of it. */
  downs: { sessions: number }[];
  downTold: boolean;
  /** The worker that runs, or is started, could not write, at last at that instant. */
  diskFails: boolean;
  diskFailedAt: number;
}

export interface WorkerLedgerOptions {
  readonly shards: number;
  readonly bounds: InFlightBounds;
  readonly trace: Trace;
  readonly slotOf: SlotHash;
  readonly history: History;
  readonly deadlines: DeadlineLedger;
  /** Told, not thrown: the provider may catch what is thrown into it. */
  readonly onViolation: (error: unknown) => void;
}

/** Keeps account of all workers: what may be asked of them, and what the facade must say of them. */
export class WorkerLedger {
  readonly shards: readonly ShardRecord[];
  /** Something was told since somebody looked. */
  changed = false;
  closing = false;
  closed = false;
  operationsPosted = 0;
  readonly #options: WorkerLedgerOptions;

  constructor(options: WorkerLedgerOptions) {
    this.#options = options;
    this.shards = Array.from({ length: options.shards }, () => ({
      starts: 0,
      ends: 0,
      failedStarts: 0,
      unavailableAt: -1,
      worker: undefined,
      countsBefore: NO_COUNTS,
      downs: [],
      downTold: false,
      diskFails: false,
      diskFailedAt: -1,
    }));
  }

  record(shard: number): ShardRecord {
    const record = this.shards[shard];
    if (record === undefined) throw new Violation(`expected a shard, got ${shard}`);
    return record;
  }

  /** Its operations may fail because it could not be started, if they were called at that instant. */
  wasUnavailable(shard: number, calledAt: number): boolean {
    const { failedStarts, unavailableAt } = this.record(shard);
    return failedStarts >= FAILED_STARTS_MAX || unavailableAt >= calledAt;
  }

  countsOf(reply: Reply): ShardCounts {
    this.changed = true;
    return countsOfReply(reply);
  }

  fail(message: string): void {
    this.#options.onViolation(new Violation(message));
  }

  onStart(worker: SimulatedWorker): void {
    const record = this.record(worker.shard);
    if (this.closed) this.fail(`shard ${worker.shard}: expected no start after close`);
    if (record.worker !== undefined) {
      this.fail(`shard ${worker.shard}: expected no start while a worker runs`);
    }
    record.worker = worker;
  }

  onReady({ shard }: SimulatedWorker): void {
    const record = this.record(shard);
    if (record.failedStarts >= FAILED_STARTS_MAX)
      record.unavailableAt = this.#options.trace.instant;
    record.starts++;
    this.changed = true;
    record.failedStarts = 0;
    record.downTold = false;
  }

  /** What a worker knows of its disk. */
  onDiskTold(shard: number, fails: boolean): void {
    const record = this.record(shard);
    if (record.diskFails) record.diskFailedAt = this.#options.trace.instant;
    record.diskFails = fails;
  }

  /** Changes that were called at that instant may be less safe than is promised. */
  diskFailed(shard: number, calledAt: number): boolean {
    const { diskFails, diskFailedAt } = this.record(shard);
    return diskFails || diskFailedAt >= calledAt;
  }

  onNotice({ shard, number, isDegraded }: SimulatedWorker, { kind }: Notice): void {
    if (kind === 'busy') return;
    if (kind === (isDegraded ? 'recovered' : 'degraded')) return;
    this.fail(`worker ${shard}.${number}: expected no such notice, got '${kind}'`);
  }

  /** The facade hears of its end, or brings it about. */
  onEnd(worker: SimulatedWorker): void {
    const record = this.record(worker.shard);
    const counts = worker.delivered ?? NO_COUNTS;
    record.ends++;
    this.changed = true;
    if (!worker.ready) record.failedStarts++;
    record.countsBefore = add(record.countsBefore, { ...counts, sessions: 0, bytes: 0 });
    if (!record.downTold && !this.closing) record.downs.push({ sessions: counts.sessions });
    record.downTold = true;
    // One that was stopped is gone when its thread is; see onGone.
    if (worker.stopping) return;
    record.worker = undefined;
  }

  onGone(worker: SimulatedWorker): void {
    this.record(worker.shard).worker = undefined;
  }

  /** A worker was stopped without need. */
  onStopped({ shard, number }: SimulatedWorker, reason: string): void {
    if (this.closing) return;
    this.fail(`worker ${shard}.${number}: expected no stop, as ${reason}`);
  }

  onPosted(
    worker: SimulatedWorker,
    operations: readonly AskedOperation[],
    unanswered: readonly { operations: number; bytes: number }[],
  ): void {
    this.operationsPosted += operations.length;
    for (const operation of operations) this.#checkOperation(worker.shard, operation);
    if (unanswered.length === 1) return;
    const { postedOperationsMax, postedBytesMax } = this.#options.bounds;
    const count = unanswered.reduce((sum, batch) => sum + batch.operations, 0);
    const bytes = unanswered.reduce((sum, batch) => sum + batch.bytes, 0);
    if (count > postedOperationsMax) {
      this.fail(`expected ${postedOperationsMax} operations posted, got ${count}`);
    }
    // Batches that were split are counted by their mean.
    if (this.record(worker.shard).ends === 0 && bytes - HEAD_BYTES * count > postedBytesMax) {
      this.fail(`expected ${postedBytesMax} bytes posted, got ${bytes}`);
    }
  }

  /** The worker is gone, and all that it has written is there for its successor. */
  onSessionsKept(worker: SimulatedWorker, departures: ReturnType<StoreOracle['departures']>): void {
    this.#options.history.addEnd(worker.shard, this.#options.trace.instant, departures);
  }

  onSessionsLost(worker: SimulatedWorker, departures: ReturnType<StoreOracle['departures']>): void {
    this.#options.history.addLoss(worker.shard, this.#options.trace.instant, departures);
  }

  /** What the facade has been told that a shard has counted, over all its workers. */
  countsToldOf(shard: number): ShardCounts {
    const { worker, countsBefore } = this.record(shard);
    const now = worker === undefined || worker.told ? undefined : worker.delivered;
    return now === undefined ? countsBefore : add(countsBefore, now);
  }

  #checkOperation(shard: number, { op, name, slot, id, arguments: given }: AskedOperation): void {
    if (SHARD_WIDE.has(op)) return;
    const { shards, slotOf, deadlines } = this.#options;
    if (slotOf(id) !== slot || shardOfSlot(slot, shards) !== shard) {
      this.fail(`${name} ${id}: expected slot ${slotOf(id)}, got ${slot} on ${shard}`);
    }
    if (op !== Op.AMEND && op !== Op.DELETE) deadlines.check(name, id, Number(given.at(-1)));
  }
}

function add(one: ShardCounts, other: ShardCounts): ShardCounts {
  return countsOf((name) => one[name] + other[name]);
}
