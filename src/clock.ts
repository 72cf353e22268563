import {
  clearTimeout,
  hrtime,
  setImmediate,
  setInterval,
  setTimeout,
  threadMs,
  wallMs,
} from './timer-functions.js';

/** Stops a callback that was asked for with {@link Clock.after}. */
export type CancelTimer = () => void;

/** Keeps the process alive while it is held. Each holder has its own. */
export interface ProcessHold {
  acquire(): void;
  release(): void;
}

/** All that this package knows of time. Tests put a twin in its place that they move by hand. */
export interface Clock {
  /** Whole Unix milliseconds. Deadlines are points on this clock. */
  now(): number;
  /** The machine's clock in whole Unix milliseconds, which may jump; for what other machines compare with theirs. */
  wall(): number;
  /** Milliseconds since some instant; for how long something takes. Never jumps, whatever `now` does. */
  elapsed(): number;
  /** Calls back once, `delayMs` from now or later. Does not keep the process alive. */
  after(delayMs: number, callback: () => void): CancelTimer;
  /** Calls back once, in the next turn of the event loop. Keeps the process alive until then. */
  nextTurn(callback: () => void): void;
  createHold(): ProcessHold;
}

/** What the timers of Node.js can wait. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

const TOGETHER_MS = 0.1;
const TRIES_MAX = 100;

/** One instant, read from the wall clock and from the machine's monotonic clock. */
export interface ClockAnchor {
  readonly unixMs: number;
  readonly monotonicMs: number;
}

/** Monotonic time that all threads of a process share, which `performance.now()` is not. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

export function readClockAnchor(): ClockAnchor {
  const [unixMs, atMs] = readTogether(wallMs);
  return { unixMs, monotonicMs: atMs };
}

/** Two clocks at one instant: read again if the thread was held up in between, which on a busy machine takes ms. */
function readTogether(readOther: () => number): [other: number, monotonicMs: number] {
  for (let tries = 1; ; tries++) {
    const beforeMs = monotonicMs();
    const other = readOther();
    const afterMs = monotonicMs();
    if (afterMs - beforeMs < TOGETHER_MS || tries === TRIES_MAX) return [other, afterMs];
  }
}

/**
 * Unix time that cannot jump: the wall clock is read once, at the anchor, and the monotonic clock
 * counts from there. Setting the machine's clock then neither expires a session nor keeps one.
 * Threads that get the same anchor agree on the time.
 */
export class SteadyClock implements Clock {
  readonly #offsetMs: number;

  constructor(anchor: ClockAnchor) {
    const [elapsedHereMs, atMs] = readTogether(threadMs);
    this.#offsetMs = anchor.unixMs + atMs - anchor.monotonicMs - elapsedHereMs;
  }

  now(): number {
    return Math.floor(this.#offsetMs + threadMs());
  }

  wall(): number {
    return wallMs();
  }

  elapsed(): number {
    return threadMs();
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  }

  nextTurn(callback: () => void): void {
    setImmediate(callback);
  }

  createHold(): ProcessHold {
    // A timer that never does anything: only whether the event loop waits for it matters.
    const timer = setInterval(() => {}, TIMER_MS_MAX);
    timer.unref();
    return {
      acquire: () => timer.ref(),
      release: () => timer.unref(),
    };
  }
}
