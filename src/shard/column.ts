const CHUNK_BITS = 12;
const CHUNK_LENGTH = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_LENGTH - 1;

function outOfReach(index: number): RangeError {
  return new RangeError(`expected an index that was reached before, got ${index}`);
}

type NumberArray = Int32Array | Float64Array | Uint8Array | Uint16Array;

/**
 * A growing array of numbers, in chunks, so that growing never copies: a copy of millions of
 * entries would stop the shard.
 */
export class NumberColumn {
  readonly #chunks: NumberArray[] = [];
  readonly #Chunk: new (
    length: number,
  ) => NumberArray;

  constructor(Chunk: new (length: number) => NumberArray) {
    this.#Chunk = Chunk;
  }

  /** Makes `index` valid. Entries start as 0. */
  reach(index: number): void {
    while (this.#chunks.length <= index >>> CHUNK_BITS) {
      this.#chunks.push(new this.#Chunk(CHUNK_LENGTH));
    }
  }

  get(index: number): number {
    const number = this.#chunks[index >>> CHUNK_BITS]?.[index & CHUNK_MASK];
    if (number === undefined) throw outOfReach(index);
    return number;
  }

  set(index: number, number: number): void {
    const chunk = this.#chunks[index >>> CHUNK_BITS];
    if (chunk === undefined) throw outOfReach(index);
    chunk[index & CHUNK_MASK] = number;
  }

  /** Forgets all numbers, and gives their memory back. Nothing is reached any more. */
  clear(): void {
    this.#chunks.length = 0;
  }
}

/** The same for strings. An entry that was never set is the empty string. */
export class StringColumn {
  readonly #chunks: string[][] = [];

  reach(index: number): void {
    while (this.#chunks.length <= index >>> CHUNK_BITS) {
      this.#chunks.push(new Array<string>(CHUNK_LENGTH).fill(''));
    }
  }

  get(index: number): string {
    const text = this.#chunks[index >>> CHUNK_BITS]?.[index & CHUNK_MASK];
    if (text === undefined) throw outOfReach(index);
    return text;
  }

  set(index: number, text: string): void {
    const chunk = this.#chunks[index >>> CHUNK_BITS];
    if (chunk === undefined) throw outOfReach(index);
    chunk[index & CHUNK_MASK] = text;
  }

  clear(): void {
    this.#chunks.length = 0;
  }
}
