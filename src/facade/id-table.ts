/** What an {@link IdTable} holds. */
export interface Chained<T> {
  readonly id: string;
  /** 32 bits of which the upper ones are the best. */
  readonly hash: number;
  /** Set by the table: the next one in the same bucket. */
  next: T | undefined;
}

const HASH_BITS = 32;
const BUCKET_BITS_MIN = 8;

/**
 * Finds entries by id. Not a Map, which makes itself a new table again and again while entries come and go:
 * its old tables point to the newer ones, so that once one of them has become old in the eyes of the
 * garbage collector, all that come later stay in memory with all that they held, until it collects everything.
 */
export class IdTable<T extends Chained<T>> {
  #bucketBits = BUCKET_BITS_MIN;
  #buckets = createBuckets<T>(BUCKET_BITS_MIN);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(hash: number, id: string): T | undefined {
    let entry = this.#buckets[this.#bucketOf(hash)];
    while (entry !== undefined && entry.id !== id) entry = entry.next;
    return entry;
  }

  /** Adds an entry whose id is not in the table. */
  add(entry: T): void {
    if (this.#size >= this.#buckets.length) this.#resize(this.#bucketBits + 1);
    this.#link(entry);
    this.#size++;
  }

  /** Removes an entry; another one with its id stays. */
  remove(entry: T): void {
    const bucket = this.#bucketOf(entry.hash);
    let previous: T | undefined;
    let found = this.#buckets[bucket];
    while (found !== undefined && found !== entry) {
      previous = found;
      found = found.next;
    }
    if (found === undefined) return;
    if (previous === undefined) this.#buckets[bucket] = entry.next;
    else previous.next = entry.next;
    entry.next = undefined;
    this.#size--;
    if (this.#size === 0 && this.#bucketBits > BUCKET_BITS_MIN) this.clear();
  }

  clear(): void {
    this.#bucketBits = BUCKET_BITS_MIN;
    this.#buckets = createBuckets(BUCKET_BITS_MIN);
    this.#size = 0;
  }

  #bucketOf(hash: number): number {
    return hash >>> (HASH_BITS - this.#bucketBits);
  }

  /** In front: a newer entry points to older ones and never the other way round. */
  #link(entry: T): void {
    const bucket = this.#bucketOf(entry.hash);
    entry.next = this.#buckets[bucket];
    this.#buckets[bucket] = entry;
  }

  #resize(bucketBits: number): void {
    const before = this.#buckets;
    this.#bucketBits = bucketBits;
    this.#buckets = createBuckets(bucketBits);
    for (const first of before) {
      let entry = first;
      while (entry !== undefined) {
        const { next } = entry;
        this.#link(entry);
        entry = next;
      }
    }
  }
}

function createBuckets<T>(bits: number): (T | undefined)[] {
  return new Array<T | undefined>(2 ** bits).fill(undefined);
}
