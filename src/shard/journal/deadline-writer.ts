import type { Clock } from '../../clock.js';
import { slotsOfShard } from '../../slots.js';
import type { MemoryStore } from '../memory-store.js';
import { ClockShift } from './clock-shift.js';
import { RecordKind } from './journal-record.js';
import type { SnapshotSource } from './snapshot-writer.js';

const CHECK_INTERVAL_MS = 1_000;
/** Records of one step: well below 1 ms. */
const STEP_SESSIONS_MAX = 256;

export interface DeadlineWriterOptions {
  readonly memory: MemoryStore;
  readonly shard: number;
  readonly shards: number;
  readonly clock: Clock;
  /** Appends a record to the log. `slot` counts over all shards. */
  readonly append: (
    kind: RecordKind,
    slot: number,
    argument: number,
    id: string,
    value: string,
  ) => void;
  /** Writes what was appended. */
  readonly commit: () => void;
}

/**
 * Deadlines in memory are points on the steady clock; on the disk they are points on the machine's clock, as the
 * next process reads that one. Converts them, and when the machine's clock is set, or has gone on while the machine
 * was suspended, writes the deadlines of all stored sessions anew, so that what was written before is right too.
 */
export class DeadlineWriter {
  readonly #options: DeadlineWriterOptions;
  readonly #shift: ClockShift;
  // Since when sessions that expire stay in the files with a deadline of the present shift. Steady.
  #sinceMs: number;
  // What is left of writing all deadlines anew.
  #steps: Iterator<void> | undefined;
  #closed = false;
  #cancelCheck: () => void = () => {};

  constructor(options: DeadlineWriterOptions) {
    this.#options = options;
    this.#shift = new ClockShift(options.clock);
    this.#sinceMs = options.clock.now();
  }

  /** To be added to a deadline in memory to get that on the disk. */
  get shiftMs(): number {
    return this.#shift.ms;
  }

  /** Looks at the machine's clock each second from now on. */
  start(): void {
    this.#cancelCheck = this.#options.clock.after(CHECK_INTERVAL_MS, () => {
      this.check();
      this.start();
    });
  }

  /** To be called before the first record of a batch, so that its deadlines are right. */
  check(): void {
    // One after the other: each assumes that the deadlines in the files are those of one shift.
    if (this.#steps !== undefined || this.#closed) return;
    const shiftBeforeMs = this.#shift.ms;
    if (!this.#shift.update()) return;
    this.#expire(shiftBeforeMs);
    this.#steps = this.#writeAll();
    this.#goOnLater(this.#steps);
  }

  /** Completes at once what is under way. */
  finish(): void {
    this.check();
    while (this.#steps !== undefined) this.#step();
  }

  close(): void {
    this.#closed = true;
    this.#cancelCheck();
  }

  /** What a snapshot is made of, if the log that goes on from it begins now. */
  snapshotSource(): SnapshotSource {
    const { memory, shard, shards } = this.#options;
    const shiftMs = this.#shift.ms;
    return {
      memory: {
        table: memory.table,
        isActive: (entry) => memory.isActive(entry),
        deadlineOf: (entry) => memory.deadlineOf(entry) + shiftMs,
      },
      shard,
      shards,
    };
  }

  /**
   * Sessions that have expired are still in the files, with deadlines that the machine's clock may be before again.
   * Those that had expired when this process started are left: the clock may have been wrong then.
   */
  #expire(shiftMs: number): void {
    const { clock, append } = this.#options;
    const nowMs = clock.now();
    append(RecordKind.EXPIRED, 0, nowMs + shiftMs, '', `${this.#sinceMs + shiftMs}`);
    this.#sinceMs = nowMs;
  }

  #goOnLater(steps: Iterator<void>): void {
    this.#options.clock.nextTurn(() => {
      if (this.#steps !== steps || this.#closed) return;
      this.#step();
      this.#goOnLater(steps);
    });
  }

  #step(): void {
    const isDone = this.#steps?.next().done === true;
    this.#options.commit();
    if (!isDone) return;
    this.#steps = undefined;
    // It may have been set again meanwhile.
    this.check();
  }

  *#writeAll(): Generator<void> {
    const { memory, shard, shards } = this.#options;
    const { table } = memory;
    const slots = slotsOfShard(shard, shards);
    let sessions = 0;
    for (let slot = 0; slot < slots; slot++) {
      const entries = table.entriesOf(slot);
      let present = new Set(entries);
      for (const entry of entries) {
        if (sessions++ === STEP_SESSIONS_MAX) {
          sessions = 1;
          yield;
          // What an entry led to may be gone, and another session may be in its place.
          present = new Set(table.entriesOf(slot));
        }
        if (present.has(entry)) this.#write(slot * shards + shard, entry);
      }
    }
  }

  #write(slot: number, entry: number): void {
    const { memory, append } = this.#options;
    const kind = memory.isActive(entry) ? RecordKind.ACTIVE : RecordKind.INACTIVE;
    const id = memory.table.idOf(entry);
    append(kind, slot, memory.deadlineOf(entry) + this.#shift.ms, id, '');
  }
}
