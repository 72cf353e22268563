import type { CancelTimer, Clock } from '../clock.js';

const TICKS_PER_TIMEOUT = 8;

/**
 * One timer for all deadlines of a shard. It counts ticks and never looks at the clock: when the process
 * was stopped for a while, or busy, that is one tick, and what the shards have answered meanwhile is
 * read before anything is said to be late.
 */
export class CoarseTimer {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #onTick: () => void;
  #cancel: CancelTimer | undefined;
  #tick = 0;

  constructor(clock: Clock, timeoutMs: number, onTick: () => void) {
    this.#clock = clock;
    this.#tickMs = Math.ceil(timeoutMs / TICKS_PER_TIMEOUT);
    this.#onTick = onTick;
  }

  /** Ticks so far. */
  get tick(): number {
    return this.#tick;
  }

  /** The ticks that make up at least `ms`. */
  ticksOf(ms: number): number {
    return Math.ceil(ms / this.#tickMs);
  }

  /** Runs it, and tells the first tick at which at least `ms` have passed from now on. */
  deadline(ms: number): number {
    // The tick that is under way has already lost some of its time.
    const underWay = this.#cancel === undefined ? 0 : 1;
    this.#cancel ??= this.#start();
    return this.#tick + underWay + this.ticksOf(ms);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #start(): CancelTimer {
    let stopped = false;
    // A turn later, so that answers that came while this thread was busy are read first.
    const fire = () => this.#clock.nextTurn(() => !stopped && this.#onTimer());
    const cancel = this.#clock.after(this.#tickMs, fire);
    return () => {
      stopped = true;
      cancel();
    };
  }

  #onTimer(): void {
    this.#tick++;
    this.#cancel = this.#start();
    this.#onTick();
  }
}
