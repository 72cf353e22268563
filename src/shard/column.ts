import { releaseBuffer } from './release-buffer.js';

const CHUNK_BITS = 15;
const CHUNK_MASK = (1 << CHUNK_BITS) - 1;

/** So many rows get their memory together. */
export const ROWS_PER_CHUNK = 1 << CHUNK_BITS;

const WORD_BITS = 32;
const DOUBLE_BYTES = 8;
const WORD_BYTES = 4;

/** Gives zeroed memory, or throws a `RangeError`. */
export type Allocate = (bytes: number) => ArrayBuffer;

export const allocateBuffer: Allocate = (bytes) => new ArrayBuffer(bytes);

/**
 * Memory for columns that are read together: what they say of one index lies side by side, so that a look
 * at it goes to the memory once. It grows in chunks, never by copying: a copy of millions of rows would
 * stop the shard.
 */
export class Rows {
  readonly rowBytes: number;
  readonly #allocate: Allocate;
  readonly #doubles: (Float64Array | undefined)[] = [];
  readonly #words: (Int32Array | undefined)[] = [];

  /** `rowBytes`: a power of two, and at least 8. */
  constructor(rowBytes: number, allocate: Allocate = allocateBuffer) {
    this.rowBytes = rowBytes;
    this.#allocate = allocate;
  }

  /** A column of the 8 bytes from `offsetBytes` on. */
  doubles(offsetBytes: number): DoubleColumn {
    return new DoubleColumn(this, this.#doubles, offsetBytes);
  }

  /**
   * A column of the 4 bytes from `offsetBytes` on, or of so many bits of them from bit `shift` on, which
   * have no sign.
   */
  words(offsetBytes: number, shift = 0, bits = WORD_BITS): WordColumn {
    return new WordColumn(this, this.#words, offsetBytes, shift, bits);
  }

  /** Makes `index` valid in all columns. New rows are 0. Throws a `RangeError` without memory. */
  reach(index: number): void {
    while (this.#words.length <= index >>> CHUNK_BITS) this.open(this.#words.length);
  }

  /** Gives one chunk its memory. */
  open(chunk: number): void {
    const buffer = this.#allocate(this.rowBytes << CHUNK_BITS);
    this.#doubles[chunk] = new Float64Array(buffer);
    this.#words[chunk] = new Int32Array(buffer);
  }

  /** Takes it back. Its rows are not reached any more. */
  close(chunk: number): void {
    const words = this.#words[chunk];
    if (words === undefined) return;
    this.#doubles[chunk] = undefined;
    this.#words[chunk] = undefined;
    releaseBuffer(words.buffer as ArrayBuffer);
  }

  /** Forgets all rows, and gives their memory back. */
  clear(): void {
    for (let chunk = 0; chunk < this.#words.length; chunk++) this.close(chunk);
    this.#doubles.length = 0;
    this.#words.length = 0;
  }
}

/** A growing array of numbers: one of each row. To be made by its rows. */
export class DoubleColumn {
  readonly #rows: Rows;
  readonly #chunks: readonly (Float64Array | undefined)[];
  readonly #strideBits: number;
  readonly #offset: number;

  constructor(rows: Rows, chunks: readonly (Float64Array | undefined)[], offsetBytes: number) {
    this.#rows = rows;
    this.#chunks = chunks;
    this.#strideBits = Math.log2(rows.rowBytes / DOUBLE_BYTES);
    this.#offset = offsetBytes / DOUBLE_BYTES;
  }

  /** Makes `index` valid, in all columns of these rows. */
  reach(index: number): void {
    this.#rows.reach(index);
  }

  get(index: number): number {
    const at = ((index & CHUNK_MASK) << this.#strideBits) + this.#offset;
    const number = this.#chunks[index >>> CHUNK_BITS]?.[at];
    if (number === undefined) throw outOfReach(index);
    return number;
  }

  set(index: number, number: number): void {
    const chunk = this.#chunks[index >>> CHUNK_BITS];
    if (chunk === undefined) throw outOfReach(index);
    chunk[((index & CHUNK_MASK) << this.#strideBits) + this.#offset] = number;
  }
}

/** The same for whole numbers of up to 32 bits. Apart, because V8 is then quicker with both. */
export class WordColumn {
  readonly #rows: Rows;
  readonly #chunks: readonly (Int32Array | undefined)[];
  readonly #strideBits: number;
  readonly #offset: number;
  readonly #shift: number;
  readonly #mask: number;

  constructor(
    rows: Rows,
    chunks: readonly (Int32Array | undefined)[],
    offsetBytes: number,
    shift: number,
    bits: number,
  ) {
    this.#rows = rows;
    this.#chunks = chunks;
    this.#strideBits = Math.log2(rows.rowBytes / WORD_BYTES);
    this.#offset = offsetBytes / WORD_BYTES;
    this.#shift = shift;
    this.#mask = bits === WORD_BITS ? -1 : (1 << bits) - 1;
  }

  reach(index: number): void {
    this.#rows.reach(index);
  }

  get(index: number): number {
    const at = ((index & CHUNK_MASK) << this.#strideBits) + this.#offset;
    const word = this.#chunks[index >>> CHUNK_BITS]?.[at];
    if (word === undefined) throw outOfReach(index);
    return (word >> this.#shift) & this.#mask;
  }

  set(index: number, number: number): void {
    const chunk = this.#chunks[index >>> CHUNK_BITS];
    if (chunk === undefined) throw outOfReach(index);
    const at = ((index & CHUNK_MASK) << this.#strideBits) + this.#offset;
    const others = (chunk[at] as number) & ~(this.#mask << this.#shift);
    chunk[at] = others | ((number & this.#mask) << this.#shift);
  }
}

function outOfReach(index: number): RangeError {
  return new RangeError(`expected an index that was reached before, got ${index}`);
}
