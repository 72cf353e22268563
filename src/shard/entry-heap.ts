import type { WordColumn } from './column.js';

/**
 * A binary heap of entries: the one with the earliest deadline is first, any of them can be removed,
 * and each step takes O(log n). A deadline must stay as it is while its entry is in the heap.
 */
export class EntryHeap {
  readonly #deadlineOf: (entry: number) => number;
  readonly #positions: WordColumn;
  readonly #entries: number[] = [];

  /** The heap keeps the position of each of its entries in `positions`, which must be reached. */
  constructor(deadlineOf: (entry: number) => number, positions: WordColumn) {
    this.#deadlineOf = deadlineOf;
    this.#positions = positions;
  }

  get first(): number | undefined {
    return this.#entries[0];
  }

  add(entry: number): void {
    this.#moveUp(entry, this.#entries.length);
  }

  remove(entry: number): void {
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    const position = this.#positions.get(entry);
    this.#moveUp(last, position);
    if (this.#positions.get(last) === position) this.#moveDown(last, position);
  }

  clear(): void {
    this.#entries.length = 0;
  }

  /** Puts `entry` at `hole`, or above it, and moves down what is due later. */
  #moveUp(entry: number, hole: number): void {
    const deadlineMs = this.#deadlineOf(entry);
    let position = hole;
    while (position > 0) {
      const above = (position - 1) >> 1;
      const other = this.#entryAt(above);
      if (this.#deadlineOf(other) <= deadlineMs) break;
      this.#put(other, position);
      position = above;
    }
    this.#put(entry, position);
  }

  /** Puts `entry` at `hole`, or below it, and moves up what is due earlier. */
  #moveDown(entry: number, hole: number): void {
    const deadlineMs = this.#deadlineOf(entry);
    let position = hole;
    for (;;) {
      const below = this.#earlierBelow(position);
      if (below === undefined) break;
      const other = this.#entryAt(below);
      if (this.#deadlineOf(other) >= deadlineMs) break;
      this.#put(other, position);
      position = below;
    }
    this.#put(entry, position);
  }

  #earlierBelow(position: number): number | undefined {
    const left = 2 * position + 1;
    const right = left + 1;
    if (left >= this.#entries.length) return undefined;
    if (right >= this.#entries.length) return left;
    const leftMs = this.#deadlineOf(this.#entryAt(left));
    return leftMs <= this.#deadlineOf(this.#entryAt(right)) ? left : right;
  }

  #put(entry: number, position: number): void {
    this.#entries[position] = entry;
    this.#positions.set(entry, position);
  }

  /** `position` is below the length wherever this is called. */
  #entryAt(position: number): number {
    return this.#entries[position] as number;
  }
}
