import {
  type Allocate,
  type DoubleColumn,
  ROWS_PER_CHUNK,
  Rows,
  type WordColumn,
} from './column.js';

/** Bytes of one row: half a line of the processor's cache. */
export const ROW_BYTES = 32;

const NOTHING = -1;

interface Chunk {
  /** The first of the entries that were given back; each leads to the next. */
  firstFree: number;
  /** How many of its entries were ever taken. */
  taken: number;
  inUse: number;
}

/**
 * All that is known of an entry apart from its record, in one row, and which entry numbers are free. Low
 * numbers are taken first, so that chunks at the end run empty and give their memory back.
 */
export class EntryRows {
  readonly #rows: Rows;
  // The expiry wheel's.
  readonly deadlines: DoubleColumn;
  readonly wheelNext: WordColumn;
  readonly wheelPrevious: WordColumn;
  // The eviction queue's.
  readonly queueNext: WordColumn;
  readonly queuePrevious: WordColumn;
  readonly queuePlaces: WordColumn;
  // The record log's: where the record lies.
  readonly segments: WordColumn;
  readonly offsets: WordColumn;
  readonly #chunks: Chunk[] = [];
  #current = 0;
  // All chunks before it are full.
  #roomFrom = 0;

  constructor(allocate?: Allocate) {
    this.#rows = new Rows(ROW_BYTES, allocate);
    this.deadlines = this.#rows.doubles(0);
    this.wheelNext = this.#rows.words(8);
    this.wheelPrevious = this.#rows.words(12);
    this.queueNext = this.#rows.words(16);
    this.queuePrevious = this.#rows.words(20);
    this.segments = this.#rows.words(24);
    this.offsets = this.#rows.words(28, 0, 24);
    this.queuePlaces = this.#rows.words(28, 24, 8);
  }

  /** All entries that were ever taken are below it. */
  get entriesMax(): number {
    return this.#chunks.length * ROWS_PER_CHUNK;
  }

  /** Sees to it that an entry can be taken. Throws a `RangeError` without memory. */
  reserve(): Chunk {
    const chunk = this.#chunks[this.#current];
    return chunk === undefined || chunk.inUse === ROWS_PER_CHUNK ? this.#nextChunk() : chunk;
  }

  /** An entry that is not in use. Throws a `RangeError` without memory. */
  take(): number {
    const chunk = this.reserve();
    chunk.inUse++;
    const entry = chunk.firstFree;
    if (entry === NOTHING) return this.#current * ROWS_PER_CHUNK + chunk.taken++;
    chunk.firstFree = this.segments.get(entry);
    return entry;
  }

  /** Gives an entry back that is in no list any more. */
  give(entry: number): void {
    const at = Math.floor(entry / ROWS_PER_CHUNK);
    const chunk = this.#chunks[at] as Chunk;
    chunk.inUse--;
    if (chunk.inUse === 0 && at !== this.#current) this.#rows.close(at);
    if (chunk.inUse === 0) {
      chunk.firstFree = NOTHING;
      chunk.taken = 0;
    } else {
      this.segments.set(entry, chunk.firstFree);
      chunk.firstFree = entry;
    }
    if (at < this.#roomFrom) this.#roomFrom = at;
  }

  clear(): void {
    this.#rows.clear();
    this.#chunks.length = 0;
    this.#current = 0;
    this.#roomFrom = 0;
  }

  /** Goes on with the first chunk that has room. */
  #nextChunk(): Chunk {
    while (this.#chunks[this.#roomFrom]?.inUse === ROWS_PER_CHUNK) this.#roomFrom++;
    const at = this.#roomFrom;
    const chunk = this.#chunks[at] ?? { firstFree: NOTHING, taken: 0, inUse: 0 };
    if (chunk.inUse === 0) this.#rows.open(at);
    this.#chunks[at] = chunk;
    this.#current = at;
    return chunk;
  }
}
