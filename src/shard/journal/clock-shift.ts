import type { Clock } from '../../clock.js';

/** A smaller difference is noise of the two readings, and is ignored. */
const SHIFT_MS_MIN = 500;
/** Two readings further apart than this were interrupted, and are repeated. */
const TOGETHER_MS_MAX = 1;
const TRIES_MAX = 10;

/**
 * How far the machine's clock is ahead of the steady clock, which was set from it when the process started. It
 * changes when somebody sets the machine's clock, and while the machine is suspended.
 */
export class ClockShift {
  readonly #clock: Clock;
  #ms = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.update();
  }

  /** To be added to a time of the steady clock. */
  get ms(): number {
    return this.#ms;
  }

  /** Compares the clocks. True if the shift is another one now. */
  update(): boolean {
    if (!this.#hasChanged(this.#clock.wall() - this.#clock.now())) return false;
    const ms = this.#readTogether();
    if (!this.#hasChanged(ms)) return false;
    this.#ms = ms;
    return true;
  }

  #hasChanged(ms: number): boolean {
    return Math.abs(ms - this.#ms) >= SHIFT_MS_MIN;
  }

  /** The thread may be held up between the two readings for as long as the process is stopped. */
  #readTogether(): number {
    const clock = this.#clock;
    for (let tries = 1; ; tries++) {
      const beforeMs = clock.elapsed();
      const ms = clock.wall() - clock.now();
      if (clock.elapsed() - beforeMs < TOGETHER_MS_MAX || tries === TRIES_MAX) return ms;
    }
  }
}
