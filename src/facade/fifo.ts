const COMPACT_LENGTH_MIN = 1_024;

/** First in, first out, in constant time however long it is, which `Array.prototype.shift` is not. */
export class Fifo<T> {
  // `undefined`: has been taken.
  #items: (T | undefined)[] = [];
  // Places before it are empty; it passes half of them at most before they are dropped.
  #start = 0;

  get length(): number {
    return this.#items.length - this.#start;
  }

  get first(): T | undefined {
    return this.#items[this.#start];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const first = this.#items[this.#start];
    this.#items[this.#start++] = undefined;
    if (this.#start === this.#items.length) this.clear();
    else if (this.#start >= COMPACT_LENGTH_MIN && this.#start * 2 > this.#items.length) {
      this.#items.splice(0, this.#start);
      this.#start = 0;
    }
    return first;
  }

  /** Takes out an item, in constant time if it is the first. */
  remove(item: T): void {
    if (item === this.first) {
      this.shift();
      return;
    }
    const at = this.#items.indexOf(item, this.#start);
    if (at >= 0) this.#items.splice(at, 1);
  }

  /** Puts items before all others, in their order. */
  unshiftAll(items: Iterable<T>): void {
    this.#items = [...items, ...this];
    this.#start = 0;
  }

  clear(): void {
    this.#items = [];
    this.#start = 0;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = this.#start; i < this.#items.length; i++) yield this.#items[i] as T;
  }

  /** From the newest to the oldest. */
  *backwards(): Generator<T> {
    for (let i = this.#items.length - 1; i >= this.#start; i--) yield this.#items[i] as T;
  }
}
