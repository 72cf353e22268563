import { type DoubleColumn, Rows, type WordColumn } from './column.js';
import {
  BUCKETS,
  bucketAt,
  bucketFor,
  LEVELS,
  spanOf,
  TICKS_AHEAD_MAX,
  tickOfBucket,
} from './wheel-level.js';

const NOTHING = -1;

/** True from the deadline on. The only place that says what "expired" means. */
export function isExpired(deadlineMs: number, nowMs: number): boolean {
  return nowMs >= deadlineMs;
}

/** What the wheel keeps of each entry. */
export interface WheelColumns {
  readonly deadlines: DoubleColumn;
  readonly next: WordColumn;
  /** The entry before, or the list that the first entry hangs on, as its complement (negative). */
  readonly previous: WordColumn;
}

function columnsOf(rows: Rows): WheelColumns {
  return { deadlines: rows.doubles(0), next: rows.words(8), previous: rows.words(12) };
}

/**
 * Calls back for entries whose deadline has passed, at the first tick after it. Entries are small
 * whole numbers that the caller hands out. The wheel's place for an entry is a promise to look at it
 * no later than its deadline, not the deadline itself: a deadline that moves back costs one write,
 * and the entry is placed anew when the wheel comes by.
 *
 * Buckets are doubly linked lists through two columns. The time may jump: forward, and all that
 * expired meanwhile is found; back, and the wheel follows (`turnBack`), because placing by
 * digits of the tick (see `bucketFor`) makes every look early or in time wherever the wheel stands.
 */
export class ExpiryWheel {
  readonly #tickMs: number;
  readonly #startMs: number;
  readonly #onExpired: (entry: number) => void;
  readonly #deadlines: DoubleColumn;
  readonly #next: WordColumn;
  readonly #previous: WordColumn;
  /** `undefined`: its columns are those of somebody else. */
  readonly #ownRows: Rows | undefined;
  // The first entry of each list: the buckets, then for each level what is to be looked at now.
  readonly #first = new Int32Array(BUCKETS + LEVELS).fill(NOTHING);
  #current = 0;

  /** `columns`: of rows that the caller clears whenever it clears the wheel. Default: of rows of its own. */
  constructor(
    tickMs: number,
    nowMs: number,
    onExpired: (entry: number) => void,
    columns?: WheelColumns,
  ) {
    const rows = new Rows(16);
    const { deadlines, next, previous } = columns ?? columnsOf(rows);
    this.#ownRows = columns === undefined ? rows : undefined;
    this.#tickMs = tickMs;
    this.#startMs = nowMs;
    this.#onExpired = onExpired;
    this.#deadlines = deadlines;
    this.#next = next;
    this.#previous = previous;
  }

  deadlineOf(entry: number): number {
    return this.#deadlines.get(entry);
  }

  /**
   * To be called before others are: if time has gone back, so does the wheel. Else what is due between
   * now and where the wheel stands would be placed behind it, and be found late.
   */
  turnBack(nowMs: number): void {
    const tick = Math.floor((nowMs - this.#startMs) / this.#tickMs);
    if (tick < this.#current) this.#current = tick;
  }

  /** Adds an entry that is not in the wheel. */
  schedule(entry: number, deadlineMs: number): void {
    this.#deadlines.reach(entry);
    this.#next.reach(entry);
    this.#previous.reach(entry);
    this.#deadlines.set(entry, deadlineMs);
    this.#place(entry, deadlineMs);
  }

  /** Moves the deadline of an entry that is in the wheel. */
  reschedule(entry: number, deadlineMs: number): void {
    const before = this.#deadlines.get(entry);
    this.#deadlines.set(entry, deadlineMs);
    if (deadlineMs >= before) return;
    this.#unlink(entry);
    this.#place(entry, deadlineMs);
  }

  /** Takes an entry out that is in the wheel. */
  deschedule(entry: number): void {
    this.#unlink(entry);
  }

  /** Forgets all entries. */
  clear(): void {
    this.#ownRows?.clear();
    this.#first.fill(NOTHING);
  }

  /**
   * Turns the wheel to `nowMs` and calls back for what has expired, looking at no more than
   * `visitsMax` entries. Returns how many looks are left; 0 means that there may be more to do.
   * The entry is out of the wheel when the callback gets it, and may be scheduled anew; the callback
   * may also schedule and deschedule others.
   */
  advance(nowMs: number, visitsMax: number): number {
    const target = Math.floor((nowMs - this.#startMs) / this.#tickMs);
    let left = visitsMax;
    for (;;) {
      left = this.#visitDue(nowMs, left);
      if (left === 0) return 0;
      const tick = this.#nextTick();
      if (tick > target) break;
      this.#current = tick;
      this.#detachBuckets(tick);
    }
    this.#current = target;
    return left;
  }

  /** How long until the next tick; more than 0. */
  msToNextTick(nowMs: number): number {
    const elapsed = (nowMs - this.#startMs) % this.#tickMs;
    return elapsed < 0 ? -elapsed : this.#tickMs - elapsed;
  }

  #visitDue(nowMs: number, visitsMax: number): number {
    let left = visitsMax;
    for (let list = BUCKETS; list < BUCKETS + LEVELS; list++) {
      let entry = this.#firstOf(list);
      while (entry !== NOTHING && left > 0) {
        left--;
        this.#visit(entry, nowMs);
        entry = this.#firstOf(list);
      }
    }
    return left;
  }

  #visit(entry: number, nowMs: number): void {
    const deadlineMs = this.#deadlines.get(entry);
    this.#unlink(entry);
    if (isExpired(deadlineMs, nowMs)) this.#onExpired(entry);
    else this.#place(entry, deadlineMs);
  }

  /** The next tick at which there is a bucket to look at. */
  #nextTick(): number {
    let tick = Number.POSITIVE_INFINITY;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      if (this.#firstOf(bucket) === NOTHING) continue;
      tick = Math.min(tick, tickOfBucket(bucket, this.#current));
    }
    return tick;
  }

  /** Empties the buckets that are reached at `tick`, one of each level at most, in one step each. */
  #detachBuckets(tick: number): void {
    for (let level = 0; level < LEVELS && tick % spanOf(level) === 0; level++) {
      const bucket = bucketAt(level, tick);
      const first = this.#firstOf(bucket);
      if (first === NOTHING) continue;
      this.#first[bucket] = NOTHING;
      this.#first[BUCKETS + level] = first;
      this.#previous.set(first, ~(BUCKETS + level));
    }
  }

  #place(entry: number, deadlineMs: number): void {
    const tick = Math.ceil((deadlineMs - this.#startMs) / this.#tickMs);
    const earliest = this.#current + 1;
    const latest = this.#current + TICKS_AHEAD_MAX;
    this.#link(entry, bucketFor(Math.min(Math.max(tick, earliest), latest), this.#current));
  }

  #link(entry: number, list: number): void {
    const first = this.#firstOf(list);
    this.#next.set(entry, first);
    this.#previous.set(entry, ~list);
    if (first !== NOTHING) this.#previous.set(first, entry);
    this.#first[list] = entry;
  }

  #unlink(entry: number): void {
    const next = this.#next.get(entry);
    const previous = this.#previous.get(entry);
    if (previous < 0) this.#first[~previous] = next;
    else this.#next.set(previous, next);
    if (next !== NOTHING) this.#previous.set(next, previous);
  }

  /** `list` is below BUCKETS + LEVELS everywhere, so the element exists. */
  #firstOf(list: number): number {
    return this.#first[list] as number;
  }
}
