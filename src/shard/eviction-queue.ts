import { Rows, type WordColumn } from './column.js';
import { EntryHeap } from './entry-heap.js';

const NOTHING = -1;

/** How many sorted lists there are. One is enough for deadlines that come in order. */
const RUNS = 8;

// Where an entry is: nowhere, in the heap, or from FIRST_RUN on in a run. Columns start as 0.
const ABSENT = 0;
const IN_HEAP = 1;
const FIRST_RUN = 2;

/** What the queue keeps of each entry. */
export interface QueueColumns {
  readonly places: WordColumn;
  readonly next: WordColumn;
  /** The entry before in its run, or the position in the heap. */
  readonly previous: WordColumn;
}

function columnsOf(rows: Rows): QueueColumns {
  return { places: rows.words(0), next: rows.words(4), previous: rows.words(8) };
}

/**
 * Entries in the order of their deadlines, exact to the ms, whatever order they come in. A deadline
 * must stay as it is while its entry is in the queue.
 *
 * Deadlines are "now" and a lifetime that is always the same, so they nearly always come in order.
 * Such an entry is appended to a run: a linked list that is sorted because only what is due at its
 * end or later is appended. Adding, removing and taking the earliest are then a few writes, always,
 * so that no eviction ever stops the shard. What fits at the end of no run goes to a heap.
 *
 * Not a timing wheel: to find the earliest it must look at all entries of a bucket, and far ahead
 * these are hundreds of thousands.
 */
export class EvictionQueue {
  readonly #deadlineOf: (entry: number) => number;
  readonly #places: WordColumn;
  readonly #next: WordColumn;
  readonly #previous: WordColumn;
  readonly #firsts = new Int32Array(RUNS).fill(NOTHING);
  readonly #lasts = new Int32Array(RUNS).fill(NOTHING);
  readonly #heap: EntryHeap;
  /** `undefined`: its columns are those of somebody else. */
  readonly #ownRows: Rows | undefined;
  #size = 0;

  /** `columns`: of rows that the caller clears whenever it clears the queue. Default: of rows of its own. */
  constructor(deadlineOf: (entry: number) => number, columns?: QueueColumns) {
    this.#deadlineOf = deadlineOf;
    const rows = new Rows(16);
    const { places, next, previous } = columns ?? columnsOf(rows);
    this.#ownRows = columns === undefined ? rows : undefined;
    this.#places = places;
    this.#next = next;
    this.#previous = previous;
    this.#heap = new EntryHeap(deadlineOf, this.#previous);
  }

  get size(): number {
    return this.#size;
  }

  /** Makes `entry` one that can be added. */
  reach(entry: number): void {
    this.#places.reach(entry);
    this.#next.reach(entry);
    this.#previous.reach(entry);
  }

  has(entry: number): boolean {
    return this.#places.get(entry) !== ABSENT;
  }

  /** Adds an entry that is not in the queue. */
  add(entry: number): void {
    this.#size++;
    const run = this.#runFor(this.#deadlineOf(entry));
    if (run === NOTHING) {
      this.#places.set(entry, IN_HEAP);
      this.#heap.add(entry);
    } else {
      this.#places.set(entry, FIRST_RUN + run);
      this.#append(entry, run);
    }
  }

  /** Takes an entry out that is in the queue. */
  remove(entry: number): void {
    this.#size--;
    const place = this.#places.get(entry);
    this.#places.set(entry, ABSENT);
    if (place === IN_HEAP) this.#heap.remove(entry);
    else this.#unlink(entry, place - FIRST_RUN);
  }

  /** The entry with the earliest deadline, which stays where it is. */
  earliest(): number | undefined {
    let earliest = this.#heap.first;
    let earliestMs = earliest === undefined ? Number.POSITIVE_INFINITY : this.#deadlineOf(earliest);
    for (let run = 0; run < RUNS; run++) {
      const first = entryAt(this.#firsts, run);
      if (first === NOTHING) continue;
      const deadlineMs = this.#deadlineOf(first);
      if (deadlineMs >= earliestMs) continue;
      earliest = first;
      earliestMs = deadlineMs;
    }
    return earliest;
  }

  /** Forgets all entries; none is reached any more. */
  clear(): void {
    this.#ownRows?.clear();
    this.#firsts.fill(NOTHING);
    this.#lasts.fill(NOTHING);
    this.#heap.clear();
    this.#size = 0;
  }

  /** Of the runs that end at the deadline or before, the one that ends last; else an empty one. */
  #runFor(deadlineMs: number): number {
    let best = NOTHING;
    let bestMs = Number.NEGATIVE_INFINITY;
    for (let run = 0; run < RUNS; run++) {
      const last = entryAt(this.#lasts, run);
      if (last === NOTHING) {
        if (best === NOTHING) best = run;
        continue;
      }
      const lastMs = this.#deadlineOf(last);
      if (lastMs > deadlineMs || lastMs <= bestMs) continue;
      best = run;
      bestMs = lastMs;
    }
    return best;
  }

  #append(entry: number, run: number): void {
    const last = entryAt(this.#lasts, run);
    this.#previous.set(entry, last);
    this.#next.set(entry, NOTHING);
    if (last === NOTHING) this.#firsts[run] = entry;
    else this.#next.set(last, entry);
    this.#lasts[run] = entry;
  }

  #unlink(entry: number, run: number): void {
    const next = this.#next.get(entry);
    const previous = this.#previous.get(entry);
    if (previous === NOTHING) this.#firsts[run] = next;
    else this.#next.set(previous, next);
    if (next === NOTHING) this.#lasts[run] = previous;
    else this.#previous.set(next, previous);
  }
}

/** `run` is below RUNS everywhere, so the element exists. */
function entryAt(ends: Int32Array, run: number): number {
  return ends[run] as number;
}
