import { performance } from 'node:perf_hooks';
import type { LoopTimes } from '../loop-times.js';

/** An answer covers so much time at least, however often and by whomever it is asked for. */
export const WINDOW_MS_MIN = 10_000;

/** Idle and active ms of an event loop since it started. */
interface Reading {
  readonly idle: number;
  readonly active: number;
}

const START: Reading = { idle: 0, active: 0 };

/**
 * How busy the event loop of this thread is. The utilization is that since an earlier reading. Two are kept, the
 * window apart: so a caller that reads often does not shorten the time that another caller's answer is about.
 */
export class LoopUtilization {
  readonly #read: () => Reading;
  #earlier = START;
  #later = START;

  constructor(read: () => Reading = () => performance.eventLoopUtilization()) {
    this.#read = read;
  }

  /** The utilization is that of the last 10 s or more, or of all time while that is less. */
  times(): LoopTimes {
    const now = this.#read();
    if (elapsedMs(now, this.#later) >= WINDOW_MS_MIN) {
      this.#earlier = this.#later;
      this.#later = now;
    }
    const { idle: idleMs, active: activeMs } = now;
    const ms = elapsedMs(now, this.#earlier);
    return { idleMs, activeMs, utilization: ms > 0 ? (activeMs - this.#earlier.active) / ms : 0 };
  }
}

function elapsedMs(now: Reading, before: Reading): number {
  return now.idle - before.idle + now.active - before.active;
}
