import { type Allocate, allocateBuffer } from './column.js';
import type { EntryRows } from './entry-rows.js';
import * as record from './record.js';
import { releaseBuffer } from './release-buffer.js';

const { UNIT_BYTES, WORDS_PER_UNIT } = record;

/** Smaller ones are more objects for the processor's cache, larger ones stand about half empty. */
const SEGMENT_BYTES = 2 ** 20;

/** The part of the segments that may be dead or not filled, and the segments beyond it. */
const SPARSE_PART = 1 / 8;
const SPARSE_SEGMENTS = 2;

/**
 * Units that are moved for each that dies: the emptiest segment is at least as empty as all together, so
 * this frees one unit or more for each that dies.
 */
const MOVED_PER_DEAD = 8;
/** Moved at the least, so that what was left to do is done one day. */
const MOVED_MIN_UNITS = 8;

const SPARE_SEGMENTS_MAX = 2;
const NONE = -1;

/** A Buffer's quickest ways between bytes and strings of one-byte characters. */
export interface OneByteBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
}

/** A piece of memory that records lie in, seen as 32-bit words and as bytes. */
interface Segment {
  readonly words: Int32Array;
  readonly bytes: OneByteBuffer;
  /** NONE: it is spare. */
  number: number;
  liveUnits: number;
}

export interface RecordLogOptions {
  readonly rows: EntryRows;
  readonly segmentBytes?: number;
  readonly allocate?: Allocate;
}

/**
 * Memory for records, outside of V8's heap. A record is written where the last one ended, in segments of one
 * size, and never grows. Where records have died, `tidy` moves those that live out of the emptiest
 * segment, little by little, and uses the segment again. So segments take at most 8/7 of what lives in
 * them, and seven segments.
 */
export class RecordLog {
  readonly segmentBytes: number;
  /** The segment of the record that was looked up last, as words and as bytes. */
  words: Int32Array = new Int32Array(0);
  bytes = Buffer.alloc(0) as OneByteBuffer;
  readonly #rows: EntryRows;
  readonly #allocate: Allocate;
  readonly #segments: (Segment | undefined)[] = [];
  readonly #numbersFree: number[] = [];
  readonly #spare: Segment[] = [];
  #inUse = 0;
  #liveUnits = 0;
  // The segment that is written, and the unit where the next record goes.
  #open: Segment | undefined;
  #openEnd = 0;
  // The segment that is being emptied, and the unit that is next.
  #sparse: Segment | undefined;
  #sparseAt = 0;
  #toMoveUnits = 0;

  constructor({ rows, segmentBytes = SEGMENT_BYTES, allocate = allocateBuffer }: RecordLogOptions) {
    this.#rows = rows;
    this.segmentBytes = segmentBytes;
    this.#allocate = allocate;
  }

  /** What the segments take, those included that are kept for later. */
  get takenBytes(): number {
    return (this.#inUse + this.#spare.length) * this.segmentBytes;
  }

  get liveBytes(): number {
    return this.#liveUnits * UNIT_BYTES;
  }

  /** What fits into the segment that is written. */
  get openBytes(): number {
    return this.#open === undefined ? 0 : this.segmentBytes - this.#openEnd * UNIT_BYTES;
  }

  /** Looks up where the record of `entry` is: gives the word where it begins, in `words` and `bytes`. */
  seek(entry: number): number {
    const segment = this.#segmentOf(entry);
    this.words = segment.words;
    this.bytes = segment.bytes;
    return this.#rows.offsets.get(entry) * WORDS_PER_UNIT;
  }

  /** Sees to it that a record of so many units can be placed. Throws a `RangeError` without memory. */
  reserve(units: number): void {
    if (this.openBytes < units * UNIT_BYTES) this.#openNext();
  }

  /** Gives `entry` a record of so many units. Throws a `RangeError` without memory. */
  place(entry: number, units: number): void {
    this.#place(entry, units, this.#openFor(units));
  }

  /** Gives `entry` another record that says the same. Throws a `RangeError` without memory. */
  move(entry: number, units: number): void {
    const from = this.#segmentOf(entry);
    const fromAt = this.#rows.offsets.get(entry) * WORDS_PER_UNIT;
    const to = this.#openFor(units);
    const toAt = this.#openEnd * WORDS_PER_UNIT;
    this.#place(entry, units, to);
    record.copyRecord(from.words, fromAt, to.words, toAt, units);
    this.#kill(from, fromAt);
  }

  /** The record of `entry` dies. */
  drop(entry: number): void {
    this.#kill(this.#segmentOf(entry), this.#rows.offsets.get(entry) * WORDS_PER_UNIT);
  }

  /**
   * Moves records together where too much has died. To be called after each change; the work is in
   * proportion to what has died in it.
   */
  tidy(): void {
    if (!this.#isSparse()) {
      this.#toMoveUnits = 0;
      return;
    }
    this.#toMoveUnits += MOVED_MIN_UNITS;
    try {
      while (this.#toMoveUnits > 0 && this.#isSparse()) this.#moveNext();
    } catch (error) {
      // Without memory to move to, all stays where it is.
      if (!(error instanceof RangeError)) throw error;
      this.#toMoveUnits = 0;
    }
  }

  clear(): void {
    for (const segment of this.#segments) if (segment !== undefined) release(segment);
    for (const segment of this.#spare) release(segment);
    this.#segments.length = 0;
    this.#numbersFree.length = 0;
    this.#spare.length = 0;
    this.#inUse = 0;
    this.#liveUnits = 0;
    this.#open = undefined;
    this.#openEnd = 0;
    this.#sparse = undefined;
    this.#toMoveUnits = 0;
  }

  #isSparse(): boolean {
    const bytes = this.#inUse * this.segmentBytes;
    const unused = bytes - this.#liveUnits * UNIT_BYTES;
    return unused > bytes * SPARSE_PART + SPARSE_SEGMENTS * this.segmentBytes;
  }

  /** Passes one record of the segment that is being emptied, and moves it if it lives. */
  #moveNext(): void {
    const segment = this.#sparse ?? this.#chooseSparse();
    if (segment === undefined) return;
    const { words } = segment;
    const at = this.#sparseAt * WORDS_PER_UNIT;
    const units = record.unitsOf(words, at);
    let left = this.#toMoveUnits - 1;
    if (!record.isDead(words, at)) {
      left -= units;
      this.move(record.entryOf(words, at), units);
    }
    this.#toMoveUnits = left;
    this.#sparseAt += units;
  }

  /** The emptiest, which has at least one record that lives. */
  #chooseSparse(): Segment | undefined {
    let emptiest: Segment | undefined;
    for (const segment of this.#segments) {
      if (segment === undefined || segment === this.#open) continue;
      if (emptiest === undefined || segment.liveUnits < emptiest.liveUnits) emptiest = segment;
    }
    this.#sparse = emptiest;
    this.#sparseAt = 0;
    return emptiest;
  }

  #place(entry: number, units: number, segment: Segment): void {
    record.writeRecord(segment.words, this.#openEnd * WORDS_PER_UNIT, entry, units);
    this.#rows.segments.set(entry, segment.number);
    this.#rows.offsets.set(entry, this.#openEnd);
    this.#openEnd += units;
    this.#addLive(segment, units);
  }

  #kill(segment: Segment, at: number): void {
    const units = record.unitsOf(segment.words, at);
    record.markDead(segment.words, at);
    this.#toMoveUnits += MOVED_PER_DEAD * units;
    this.#addLive(segment, -units);
    if (segment.liveUnits > 0) return;
    if (segment === this.#open) this.#openEnd = 0;
    else this.#free(segment);
  }

  #openFor(units: number): Segment {
    const open = this.#open;
    return open === undefined || this.openBytes < units * UNIT_BYTES ? this.#openNext() : open;
  }

  #openNext(): Segment {
    const segment = this.#spare.pop() ?? createSegment(this.segmentBytes, this.#allocate);
    segment.number = this.#numbersFree.pop() ?? this.#segments.length;
    this.#segments[segment.number] = segment;
    this.#inUse++;
    this.#open = segment;
    this.#openEnd = 0;
    return segment;
  }

  #free(segment: Segment): void {
    this.#segments[segment.number] = undefined;
    this.#numbersFree.push(segment.number);
    this.#inUse--;
    if (segment === this.#sparse) this.#sparse = undefined;
    if (this.#spare.length < SPARE_SEGMENTS_MAX) this.#spare.push(segment);
    else release(segment);
  }

  #addLive(segment: Segment, units: number): void {
    segment.liveUnits += units;
    this.#liveUnits += units;
  }

  /** `entry` has a record wherever this is called. */
  #segmentOf(entry: number): Segment {
    return this.#segments[this.#rows.segments.get(entry)] as Segment;
  }
}

/** Throws a `RangeError` without memory. */
function createSegment(segmentBytes: number, allocate: Allocate): Segment {
  const buffer = allocate(segmentBytes);
  const bytes = Buffer.from(buffer) as OneByteBuffer;
  return { words: new Int32Array(buffer), bytes, number: NONE, liveUnits: 0 };
}

function release(segment: Segment): void {
  releaseBuffer(segment.words.buffer as ArrayBuffer);
}
