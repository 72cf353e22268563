const TICK_MS = 1;

/** So much is begun in one turn at most, so that what is made up for after a stall is no stall itself. */
const TURN_MAX = 1_000;

/**
 * When things are to begin that come at a steady rate, begun by a timer that ticks each millisecond. It
 * never forgives a delay: what could not begin in time is still to begin, and counts from when a
 * timer that is never held up would have begun it. (Or else a store that stops for a second would
 * seem to have made one request wait, and not all that come in a second.)
 */
export class Pacer {
  readonly #perMs: number;
  readonly #startMs: number;
  #begun = 0;
  #previousTickMs: number;
  #tickMs: number;

  constructor(perSecond: number, startMs: number) {
    this.#perMs = perSecond / 1e3;
    this.#startMs = startMs;
    this.#previousTickMs = startMs;
    this.#tickMs = startMs;
  }

  /** How many are to begin now, at most `max`. They must be begun before the next call. */
  tick(nowMs: number, max = TURN_MAX): number {
    this.#previousTickMs = this.#tickMs;
    this.#tickMs = nowMs;
    return Math.max(0, Math.min(this.#behind(nowMs), max, TURN_MAX));
  }

  /** More are to begin than the last tick said. */
  isBehind(): boolean {
    return this.#behind(this.#tickMs) > 0;
  }

  /** Begins one, and gives the time from which it counts. */
  begin(): number {
    this.#begun++;
    const idealMs = this.#startMs + this.#begun / this.#perMs;
    if (idealMs <= this.#previousTickMs) return idealMs;
    const ticks = Math.ceil((idealMs - this.#previousTickMs) / TICK_MS);
    return Math.min(this.#previousTickMs + ticks * TICK_MS, this.#tickMs);
  }

  #behind(nowMs: number): number {
    return Math.floor((nowMs - this.#startMs) * this.#perMs) - this.#begun;
  }
}
