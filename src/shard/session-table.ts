import { constants } from 'node:buffer';
import type { Allocate } from './column.js';
import { EntryRows } from './entry-rows.js';
import { IdIndex } from './id-index.js';
import { IdKey, wordsOfKind } from './id-key.js';
import { RecordLog } from './record-log.js';
import { bytesOfSession } from './session-bytes.js';
import { SessionRecords } from './session-records.js';

export interface SessionTableOptions {
  /** How many slots the shard owns. */
  readonly slots: number;
  readonly allocate?: Allocate;
  readonly segmentBytes?: number;
}

/**
 * Sessions outside of V8's heap, and the bytes that they take. Each has an entry number; an index leads
 * from the id to the entry, its row leads to the record that has the id and the value. So the garbage
 * collector sees a few large buffers and no session.
 *
 * Methods that need memory give `undefined` or false when there is none, and all stays as it was.
 */
export class SessionTable {
  /** What others keep of each entry. */
  readonly rows: EntryRows;
  readonly #key = new IdKey();
  readonly #log: RecordLog;
  readonly #records: SessionRecords;
  readonly #index: IdIndex;
  readonly #slots: number;
  #size = 0;
  #bytes = 0;

  constructor(options: SessionTableOptions) {
    const { slots, allocate } = options;
    this.#slots = slots;
    this.rows = new EntryRows(allocate);
    this.#log = new RecordLog({ ...options, rows: this.rows });
    const records = new SessionRecords(this.rows, this.#log);
    this.#records = records;
    this.#index = new IdIndex(slots, (entry, key) => records.isOf(entry, key), allocate);
  }

  get size(): number {
    return this.#size;
  }

  /** What the sessions count for. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What the memory takes that records lie in, and what of it they fill. */
  get recordBytes(): { readonly taken: number; readonly live: number } {
    return { taken: this.#log.takenBytes, live: this.#log.liveBytes };
  }

  bytesOf(entry: number): number {
    return this.#records.bytesOf(entry);
  }

  /** What a session counts for that is not in the table. */
  bytesOfNew(id: string, value: string): number {
    this.#key.read(id);
    return bytesOfSession(wordsOfKind(this.#key.kind), value.length);
  }

  /** How much more it would count for with another value. */
  bytesToReplace(entry: number, value: string): number {
    return this.#records.bytesWith(entry, value.length) - this.#records.bytesOf(entry);
  }

  find(slot: number, id: string): number | undefined {
    this.#key.read(id);
    return this.#index.find(slot, this.#key);
  }

  /** All entries of a slot, as they are now. */
  entriesOf(slot: number): number[] {
    return this.#index.entriesOf(slot);
  }

  /**
   * Visits all entries that are there now, from low numbers to high. That is roughly how rows and records lie in
   * memory, and takes a fraction of the time that it takes slot by slot. A visitor may remove its entry.
   */
  visitAll(visit: (entry: number) => void): void {
    const isThere = new Uint8Array(this.rows.entriesMax);
    for (let slot = 0; slot < this.#slots; slot++) {
      for (const entry of this.#index.entriesOf(slot)) isThere[entry] = 1;
    }
    for (let entry = 0; entry < isThere.length; entry++) {
      if (isThere[entry] === 1) visit(entry);
    }
  }

  idOf(entry: number): string {
    return this.#records.idOf(entry);
  }

  /** Of the slots of its shard. */
  slotOf(entry: number): number {
    return this.#records.originOf(entry).slot;
  }

  valueBytesOf(entry: number): number {
    return this.#records.valueBytesOf(entry);
  }

  /** Nothing may be appended to the value. */
  isEnded(entry: number): boolean {
    return this.#records.isEnded(entry);
  }

  /** Adds a session whose id is not in the table. */
  add(slot: number, id: string, value: string): number | undefined {
    this.#key.read(id);
    try {
      const entry = this.#add(slot, this.#key, value);
      this.#size++;
      this.#bytes += this.bytesOf(entry);
      return entry;
    } catch (error) {
      ignoreNoMemory(error);
      return undefined;
    }
  }

  remove(entry: number): void {
    this.#bytes -= this.bytesOf(entry);
    this.#size--;
    const { slot, hash } = this.#records.originOf(entry);
    this.#index.remove(slot, hash, entry);
    this.#records.drop(entry);
    this.#log.tidy();
  }

  replace(entry: number, value: string): boolean {
    const bytes = this.bytesToReplace(entry, value);
    try {
      this.#records.replace(entry, value);
    } catch (error) {
      ignoreNoMemory(error);
      return false;
    }
    this.#bytes += bytes;
    this.#log.tidy();
    return true;
  }

  valueOf(entry: number): string {
    return this.#records.valueOf(entry);
  }

  startsWith(entry: number, valueHead: string): boolean {
    return this.#records.startsWith(entry, valueHead);
  }

  /** False if nothing may be appended any more, or the value would become too long for a string. */
  canAppend(entry: number, addition: string): boolean {
    if (this.#records.isEnded(entry)) return false;
    return this.#records.valueBytesOf(entry) + addition.length <= constants.MAX_STRING_LENGTH;
  }

  bytesToAppend(entry: number, addition: string): number {
    const valueBytes = this.#records.valueBytesOf(entry);
    const after = this.#records.bytesWith(entry, valueBytes + addition.length);
    return after - this.#records.bytesWith(entry, valueBytes);
  }

  append(entry: number, addition: string): boolean {
    const bytes = this.bytesToAppend(entry, addition);
    try {
      this.#records.append(entry, addition);
    } catch (error) {
      ignoreNoMemory(error);
      return false;
    }
    this.#bytes += bytes;
    this.#log.tidy();
    return true;
  }

  /** Nothing may be appended to the value any more, until it is replaced. */
  end(entry: number): void {
    this.#records.end(entry);
  }

  clear(): void {
    this.#index.clear();
    this.#log.clear();
    this.rows.clear();
    this.#size = 0;
    this.#bytes = 0;
  }

  #add(slot: number, key: IdKey, value: string): number {
    const entry = this.#records.add(slot, key, value);
    try {
      this.#index.add(slot, key.hash, entry);
    } catch (error) {
      this.#records.drop(entry);
      throw error;
    }
    return entry;
  }
}

/** For want of memory a buffer throws a `RangeError`. */
function ignoreNoMemory(error: unknown): void {
  if (!(error instanceof RangeError)) throw error;
}
