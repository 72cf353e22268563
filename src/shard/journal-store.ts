import type { Clock } from '../clock.js';
import type { ShardCounts } from '../shard-counts.js';
import { Compaction } from './journal/compaction.js';
import { DeadlineWriter } from './journal/deadline-writer.js';
import { type LoadedJournal, loadJournal } from './journal/journal-loader.js';
import type { JournalOptions } from './journal/journal-options.js';
import { type JournalRecord, RecordKind } from './journal/journal-record.js';
import { LogWriter } from './journal/log-writer.js';
import { Replay } from './journal/replay.js';
import { MemoryStore, type MemoryStoreOptions } from './memory-store.js';
import type { SessionStore } from './session-store.js';

/** What the store tells of its disk. */
export interface JournalListener {
  /** Told now and then while it is filled. */
  onLoading(): void;
  /** The disk refuses what is written; sessions are served from memory alone. Told once until it recovers. */
  onDegraded(error: Error): void;
  onRecovered(): void;
}

export interface JournalStoreOptions extends MemoryStoreOptions, JournalOptions {
  readonly clock: Clock;
  readonly listener: JournalListener;
  /**
   * How long sessions live that were active when the process ended, from now on. `undefined`: the process has
   * not ended, only the shard, and they are active.
   */
  readonly inactiveSessionLifetimeMs: number | undefined;
}

/** About a fifth of a second. */
const RECORDS_BETWEEN_SIGNS = 100_000;

/** What was found on the disk, for people. */
export type JournalReport = Pick<
  LoadedJournal,
  'tornBytes' | 'droppedBytes' | 'isRepaired' | 'isCutCopy'
>;

/**
 * The memory store, and a log of all that changes it, from which it is filled when it is made. Making it throws
 * `ERR_JOURNAL_CORRUPT`, `ERR_STORE_FULL`, and what the disk throws.
 */
export class JournalStore implements SessionStore {
  readonly report: JournalReport;
  readonly #options: JournalStoreOptions;
  /** What is stored. To be looked at, and not to be changed. */
  readonly memory: MemoryStore;
  readonly #writer: LogWriter;
  readonly #compaction: Compaction;
  readonly #deadlines: DeadlineWriter;
  // A record was appended since the last commit.
  #hasBatch = false;
  // Sessions that had expired when this was made, and may be still in the files.
  readonly #expired: number;

  constructor(options: JournalStoreOptions) {
    const { shard, shards, clock, listener } = options;
    this.#options = options;
    this.memory = new MemoryStore({ ...options, onEvicted: (entry) => this.#onEvicted(entry) });
    const memory = this.memory;
    const replay = new Replay({ table: memory.table, shards });
    let records = 0;
    const apply = (record: JournalRecord): void => {
      if (++records % RECORDS_BETWEEN_SIGNS === 0) listener.onLoading();
      replay.apply(record);
    };
    const loaded = loadJournal({ ...options, apply });
    this.report = loaded;
    this.#writer = new LogWriter(loaded.log, {
      ...options,
      onDegraded: (error) => listener.onDegraded(error),
      onRecovered: () => listener.onRecovered(),
      onGap: () => this.#compaction.startAfterGap(),
    });
    this.#deadlines = new DeadlineWriter({
      memory,
      shard,
      shards,
      clock,
      append: (...record) => this.#writer.append(...record),
      commit: () => this.#writer.commit(false, () => {}),
    });
    this.#start(replay);
    const { shiftMs } = this.#deadlines;
    this.#expired = replay.handOver(clock.now() + shiftMs, (entry, deadlineMs, isActive) =>
      memory.adopt(entry, deadlineMs - shiftMs, isActive),
    );
    this.#compaction = new Compaction({
      ...options,
      ...loaded,
      keepsExpired: this.#expired > memory.size,
      source: () => this.#deadlines.snapshotSource(),
      writer: this.#writer,
    });
    memory.shrinkToLimits();
    if (loaded.isRepaired) this.#replaceDamaged();
    this.#writer.commit(false, () => {});
    this.#deadlines.start();
  }

  get size(): number {
    return this.memory.size;
  }

  get(slot: number, id: string, deadline: number): string | undefined {
    const value = this.memory.get(slot, id, deadline);
    if (value !== undefined) this.#appendDeadline(RecordKind.ACTIVE, slot, deadline, id, '');
    return value;
  }

  set(slot: number, id: string, value: string, deadline: number): boolean {
    const stored = this.memory.set(slot, id, value, deadline);
    if (stored) this.#appendDeadline(RecordKind.SET, slot, deadline, id, value);
    return stored;
  }

  setInactiveValue(slot: number, id: string, value: string, deadline: number): boolean {
    const stored = this.memory.setInactiveValue(slot, id, value, deadline);
    if (stored) this.#appendDeadline(RecordKind.SET_INACTIVE, slot, deadline, id, value);
    else this.setInactive(slot, id, deadline);
    return stored;
  }

  setInactive(slot: number, id: string, deadline: number): void {
    // The log may still have one that has expired: it must not live again.
    if (this.memory.valueBytesOf(slot, id) === undefined) return;
    this.memory.setInactive(slot, id, deadline);
    this.#appendDeadline(RecordKind.INACTIVE, slot, deadline, id, '');
  }

  amend(slot: number, id: string, valueHead: string, addition: string): boolean {
    const before = this.memory.valueBytesOf(slot, id);
    const done = this.memory.amend(slot, id, valueHead, addition);
    if (before === undefined) return done;
    const after = this.memory.valueBytesOf(slot, id);
    if (after !== before) this.#append(RecordKind.AMEND, slot, before, id, addition);
    if (!done) this.#append(RecordKind.END, slot, 0, id, '');
    return done;
  }

  delete(slot: number, id: string): boolean {
    const deleted = this.memory.delete(slot, id);
    // One that had expired by a wrong clock is in the files, and must not come back either.
    if (deleted || this.#expired > 0) this.#append(RecordKind.DELETE, slot, 0, id, '');
    return deleted;
  }

  clear(): void {
    this.memory.clear();
    this.#append(RecordKind.CLEAR, 0, 0, '', '');
  }

  counts(): ShardCounts {
    return { ...this.memory.counts(), writeErrors: this.#writer.errors };
  }

  commit(syncs: boolean, done: (safe: boolean) => void): void {
    this.#hasBatch = false;
    if (syncs) this.#deadlines.finish();
    this.#writer.commit(syncs, done);
    this.#compaction.startIfDue(this.memory.counts().bytes);
  }

  purge(visitsMax: number): number {
    return this.memory.purge(visitsMax);
  }

  /** Puts a snapshot in place of all files, in the background. It does so by itself when it is time. */
  compact(): void {
    this.#compaction.start();
  }

  close(isFenced = false): void {
    if (!isFenced) this.#deadlines.finish();
    this.#deadlines.close();
    this.#compaction.close();
    this.#writer.close(isFenced);
  }

  #start(replay: Replay): void {
    const { inactiveSessionLifetimeMs, clock } = this.#options;
    if (inactiveSessionLifetimeMs === undefined) return;
    const nowMs = clock.now() + this.#deadlines.shiftMs;
    const { table } = this.memory;
    // START would give those that have expired another life. They stay in the files, for a clock that is wrong now.
    replay.visitExpiredActive(nowMs, (entry, deadlineMs) => {
      this.#tell(replay, RecordKind.INACTIVE, deadlineMs, table.slotOf(entry), table.idOf(entry));
    });
    this.#tell(replay, RecordKind.START, nowMs + inactiveSessionLifetimeMs, 0, '');
  }

  #replaceDamaged(): void {
    try {
      this.#compaction.runNow();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Appends a record, and applies it to what was loaded. `slot` counts within the shard. */
  #tell(replay: Replay, kind: RecordKind, argument: number, slot: number, id: string): void {
    const slotOfAll = this.#slotOfAll(slot);
    replay.apply({ kind, slot: slotOfAll, argument, id, value: '' });
    this.#writer.append(kind, slotOfAll, argument, id, '');
  }

  #onEvicted(entry: number): void {
    const { table } = this.memory;
    this.#append(RecordKind.DELETE, table.slotOf(entry), 0, table.idOf(entry), '');
  }

  /** The same as `#append`; the deadline is that in memory. */
  #appendDeadline(
    kind: RecordKind,
    slot: number,
    deadline: number,
    id: string,
    value: string,
  ): void {
    if (!this.#hasBatch) {
      this.#hasBatch = true;
      this.#deadlines.check();
    }
    this.#append(kind, slot, deadline + this.#deadlines.shiftMs, id, value);
  }

  /** `slot` counts within the shard; in the journal, over all shards. */
  #append(kind: RecordKind, slot: number, argument: number, id: string, value: string): void {
    this.#writer.append(kind, this.#slotOfAll(slot), argument, id, value);
  }

  #slotOfAll(slot: number): number {
    const { shard, shards } = this.#options;
    return slot * shards + shard;
  }
}
