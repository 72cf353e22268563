// Above this a Set is cheaper.
const LISTED_MAX = 24;

/** The objects met so far on a walk: meeting one again is a shared reference or a cycle. */
export class MetObjects {
  readonly #listed: unknown[] = new Array(LISTED_MAX).fill(undefined);
  #listedCount = 0;
  readonly #others = new Set<object>();

  /** False if `object` was added before. */
  add(object: object): boolean {
    const listed = this.#listed;
    const count = this.#listedCount;
    for (let i = 0; i < count; i++) if (listed[i] === object) return false;
    if (count < LISTED_MAX) {
      listed[count] = object;
      this.#listedCount = count + 1;
      return true;
    }
    return this.#others.size < this.#others.add(object).size;
  }

  /** Holds on to none of them any longer. */
  clear(): void {
    for (let i = 0; i < this.#listedCount; i++) this.#listed[i] = undefined;
    this.#listedCount = 0;
    if (this.#others.size > 0) this.#others.clear();
  }
}
