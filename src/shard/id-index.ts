import { type Allocate, allocateBuffer } from './column.js';
import type { IdKey } from './id-key.js';

/** A cell is the hash of an id and, one higher so that 0 is an empty cell, its entry. */
const CELL_BYTES = 8;
const CELLS_MIN = 8;
const GROWTH = 1.5;
/** The part of its cells that a table fills before it grows, and below which it shrinks. */
const FILL_MAX = 7 / 8;
const FILL_MIN = 3 / 8;
const HASHES = 2 ** 32;

/** Whether the entry is that of the key. */
export type IsEntryOf = (entry: number, key: IdKey) => boolean;

/**
 * Leads from an id to its entry. Each slot has a table of its own, with open addressing and linear
 * probing: with 3,000,000 sessions it holds 3,000, so no growth ever stops the shard. Home cells are in
 * the order of the hashes, whatever number of cells there is.
 */
export class IdIndex {
  readonly #isEntryOf: IsEntryOf;
  readonly #allocate: Allocate;
  readonly #tables: Int32Array[];
  readonly #counts: Int32Array;

  constructor(slots: number, isEntryOf: IsEntryOf, allocate: Allocate = allocateBuffer) {
    this.#isEntryOf = isEntryOf;
    this.#allocate = allocate;
    this.#tables = Array.from({ length: slots }, () => new Int32Array(0));
    this.#counts = new Int32Array(slots);
  }

  find(slot: number, key: IdKey): number | undefined {
    const { hash } = key;
    const cells = this.#cellsOf(slot);
    const count = cells.length >> 1;
    if (count === 0) return undefined;
    let cell = homeOf(hash, count);
    for (;;) {
      const mark = numberAt(cells, 2 * cell + 1);
      if (mark === 0) return undefined;
      if (cells[2 * cell] === hash && this.#isEntryOf(mark - 1, key)) return mark - 1;
      cell = cell + 1 === count ? 0 : cell + 1;
    }
  }

  /** Adds an entry that is not in the table. Throws a `RangeError` without memory; then it is not. */
  add(slot: number, hash: number, entry: number): void {
    const after = numberAt(this.#counts, slot) + 1;
    const count = this.#cellsOf(slot).length >> 1;
    if (after > count * FILL_MAX) this.#resize(slot, Math.max(CELLS_MIN, count * GROWTH));
    put(this.#cellsOf(slot), hash, entry + 1);
    this.#counts[slot] = after;
  }

  /** Takes an entry out that is in the table. */
  remove(slot: number, hash: number, entry: number): void {
    const cells = this.#cellsOf(slot);
    const count = cells.length >> 1;
    let cell = homeOf(hash, count);
    while (cells[2 * cell + 1] !== entry + 1) cell = cell + 1 === count ? 0 : cell + 1;
    closeGap(cells, cell);
    const after = numberAt(this.#counts, slot) - 1;
    this.#counts[slot] = after;
    if (count > CELLS_MIN && after < count * FILL_MIN) this.#shrink(slot, count / GROWTH);
  }

  /** All entries of a slot. */
  entriesOf(slot: number): number[] {
    const cells = this.#cellsOf(slot);
    const entries: number[] = [];
    for (let at = 1; at < cells.length; at += 2) {
      const mark = numberAt(cells, at);
      if (mark !== 0) entries.push(mark - 1);
    }
    return entries;
  }

  clear(): void {
    this.#tables.fill(new Int32Array(0));
    this.#counts.fill(0);
  }

  /** A table that cannot be made smaller stays as it is. */
  #shrink(slot: number, cells: number): void {
    try {
      this.#resize(slot, Math.max(CELLS_MIN, cells));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }

  #resize(slot: number, count: number): void {
    const before = this.#cellsOf(slot);
    const after = new Int32Array(this.#allocate(Math.floor(count) * CELL_BYTES));
    for (let at = 0; at < before.length; at += 2) {
      const mark = numberAt(before, at + 1);
      if (mark !== 0) put(after, numberAt(before, at), mark);
    }
    this.#tables[slot] = after;
  }

  /** `slot` counts within the shard, so there is a table for it. */
  #cellsOf(slot: number): Int32Array {
    return this.#tables[slot] as Int32Array;
  }
}

function put(cells: Int32Array, hash: number, mark: number): void {
  const count = cells.length >> 1;
  let cell = homeOf(hash, count);
  while (cells[2 * cell + 1] !== 0) cell = cell + 1 === count ? 0 : cell + 1;
  cells[2 * cell] = hash;
  cells[2 * cell + 1] = mark;
}

/** Empties a cell and moves up what probing would not find behind the gap. */
function closeGap(cells: Int32Array, empty: number): void {
  const count = cells.length >> 1;
  let gap = empty;
  let cell = empty;
  for (;;) {
    cell = cell + 1 === count ? 0 : cell + 1;
    const mark = numberAt(cells, 2 * cell + 1);
    if (mark === 0) break;
    const hash = numberAt(cells, 2 * cell);
    const home = homeOf(hash, count);
    if (distance(home, cell, count) < distance(gap, cell, count)) continue;
    cells[2 * gap] = hash;
    cells[2 * gap + 1] = mark;
    gap = cell;
  }
  cells[2 * gap + 1] = 0;
}

function homeOf(hash: number, count: number): number {
  return Math.floor(((hash >>> 0) * count) / HASHES);
}

/** The steps from one cell on to another. */
function distance(from: number, to: number, count: number): number {
  return to >= from ? to - from : to - from + count;
}

/** `at` is within the array wherever this is called. */
function numberAt(array: Int32Array, at: number): number {
  return array[at] as number;
}
