import type { Clock } from '../clock.js';
import type { ShardCounts } from '../shard-counts.js';
import { Compaction } from './journal/compaction.js';
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
    const source = { memory, shard, shards };
    this.#compaction = new Compaction({ ...options, ...loaded, source, writer: this.#writer });
    this.#start(replay);
    replay.handOver(clock.now(), (entry, deadlineMs, isActive) =>
      memory.adopt(entry, deadlineMs, isActive),
    );
    memory.shrinkToLimits();
    if (loaded.isRepaired) this.#replaceDamaged();
    this.#writer.commit(false, () => {});
  }

  get size(): number {
    return this.memory.size;
  }

  get(slot: number, id: string, deadline: number): string | undefined {
    const value = this.memory.get(slot, id, deadline);
    if (value !== undefined) this.#append(RecordKind.ACTIVE, slot, deadline, id, '');
    return value;
  }

  set(slot: number, id: string, value: string, deadline: number): boolean {
    const stored = this.memory.set(slot, id, value, deadline);
    if (stored) this.#append(RecordKind.SET, slot, deadline, id, value);
    return stored;
  }

  setInactiveValue(slot: number, id: string, value: string, deadline: number): boolean {
    const stored = this.memory.setInactiveValue(slot, id, value, deadline);
    if (stored) this.#append(RecordKind.SET_INACTIVE, slot, deadline, id, value);
    else this.setInactive(slot, id, deadline);
    return stored;
  }

  setInactive(slot: number, id: string, deadline: number): void {
    // The log may still have one that has expired: it must not live again.
    if (this.memory.valueBytesOf(slot, id) === undefined) return;
    this.memory.setInactive(slot, id, deadline);
    this.#append(RecordKind.INACTIVE, slot, deadline, id, '');
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
    if (deleted) this.#append(RecordKind.DELETE, slot, 0, id, '');
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
    this.#compaction.close();
    this.#writer.close(isFenced);
  }

  #start(replay: Replay): void {
    const { inactiveSessionLifetimeMs, clock } = this.#options;
    if (inactiveSessionLifetimeMs === undefined) return;
    const nowMs = clock.now();
    // First, as START would give those that have expired another life.
    this.#tell(replay, RecordKind.EXPIRED, nowMs);
    this.#tell(replay, RecordKind.START, nowMs + inactiveSessionLifetimeMs);
  }

  #replaceDamaged(): void {
    try {
      this.#compaction.runNow();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #tell(replay: Replay, kind: RecordKind, argument: number): void {
    const record: JournalRecord = { kind, slot: 0, argument, id: '', value: '' };
    replay.apply(record);
    this.#append(kind, 0, argument, '', '');
  }

  #onEvicted(entry: number): void {
    const { table } = this.memory;
    this.#append(RecordKind.DELETE, table.slotOf(entry), 0, table.idOf(entry), '');
  }

  /** `slot` counts within the shard; in the journal, over all shards. */
  #append(kind: RecordKind, slot: number, argument: number, id: string, value: string): void {
    const { shard, shards } = this.#options;
    this.#writer.append(kind, slot * shards + shard, argument, id, value);
  }
}
