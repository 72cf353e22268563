import type { NaiveStore } from './naive-store.js';
import { Violation } from './trace.js';

/** What of a store its successor finds when the worker ends, as far as that can be told. */
export class Durability {
  // What is certainly written.
  #written: readonly NaiveStore[] = [];
  // What was there after each thing that was done since, in order.
  #unwritten: NaiveStore[] = [];
  // Copies of what it holds now.
  #latest: readonly NaiveStore[] = [];
  // What was there when the latest was acknowledged that is, and after each thing since; how many went before.
  #sinceSafe: NaiveStore[] = [];
  #droppedBefore = 0;
  readonly #waits: boolean;
  /** The disk has refused something, and not caught up yet. */
  degraded = false;

  /** `waits`: what is acknowledged is safe from a power cut. */
  constructor(waits: boolean) {
    this.#waits = waits;
  }

  /** It begins with what was found. */
  onOpened(stores: readonly NaiveStore[]): void {
    this.#latest = stores.map((naive) => naive.copy());
    this.#written = this.#latest;
    if (this.#waits) this.#sinceSafe = [...this.#written];
  }

  /** Something was done; it is written behind all of its batch. */
  onDone(stores: readonly NaiveStore[]): void {
    const before = this.#latest;
    const after = stores.map((naive) => naive.copy());
    this.#latest = after;
    // Giving others up and storing one are several things, and only the first may be there.
    const states = before.flatMap((naive) => stepsWithin(naive, after));
    states.push(...after);
    this.#unwritten.push(...states);
    if (this.#waits) this.#sinceSafe.push(...states);
  }

  /** A batch is to be acknowledged: gives its mark. */
  onCommit(): number {
    const mark = this.#droppedBefore + this.#sinceSafe.length;
    if (this.#waits) this.#sinceSafe.push(...this.#latest);
    return mark;
  }

  /** A batch is written, unless the disk refuses it. */
  onWritten(): void {
    if (this.degraded) return;
    this.#written = this.#latest;
    this.#unwritten = [];
  }

  /** A batch is acknowledged. Throws if it is said to be safe and cannot be, or not to be and nobody has asked. */
  onCommitted(mark: number, syncs: boolean, safe: boolean): void {
    const waits = this.#waits || syncs;
    if (safe && this.#waits) {
      this.#sinceSafe.splice(0, mark - this.#droppedBefore);
      this.#droppedBefore = mark;
    }
    if (safe ? !waits || !this.degraded : waits) return;
    throw new Violation(`commit: expected ${!safe} for 'safe', got ${safe}`);
  }

  onRecovered(): void {
    this.degraded = false;
    this.onWritten();
  }

  /** What may be found. `inDisk`: it ended while it wrote, so any part of what it wrote may be there. */
  remains(inDisk: boolean): readonly NaiveStore[] {
    return inDisk || this.degraded ? [...this.#written, ...this.#unwritten] : this.#written;
  }

  /** What a power cut may leave; nothing if anything may be. */
  get safeStates(): readonly NaiveStore[] {
    return this.#sinceSafe;
  }

  /** What it held at last. */
  get latest(): readonly NaiveStore[] {
    return this.#latest;
  }
}

function stepsWithin(before: NaiveStore, after: readonly NaiveStore[]): NaiveStore[] {
  return after.flatMap(({ departures }) => {
    const gone = departures.slice(before.departures.length).map(({ id }) => id);
    return gone.map((_, i) => before.without(gone.slice(0, i + 1)));
  });
}
