import type { LoopTimes } from '../loop-times.js';

type Totals = Pick<LoopTimes, 'idleMs' | 'activeMs'>;

const NOTHING: Totals = { idleMs: 0, activeMs: 0 };

/** Idle and active time of the event loops of all workers of one shard, one after the other; as far as they said. */
export class LoopTotals {
  // Of the workers that have ended.
  #before = NOTHING;
  #now = NOTHING;

  get total(): Totals {
    return {
      idleMs: this.#before.idleMs + this.#now.idleMs,
      activeMs: this.#before.activeMs + this.#now.activeMs,
    };
  }

  /** What the worker says that runs now. */
  update({ idleMs, activeMs }: LoopTimes): void {
    this.#now = { idleMs, activeMs };
  }

  endWorker(): void {
    this.#before = this.total;
    this.#now = NOTHING;
  }
}
