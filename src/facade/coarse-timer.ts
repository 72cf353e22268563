import type { CancelTimer, Clock } from '../clock.js';

const TICKS_PER_TIMEOUT = 8;

/** One timer for all deadlines of a shard: while it runs it ticks eight times in a time-out. */
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

  /** Ticks so far. When the process was busy or stopped, that was one tick, however long it took. */
  get tick(): number {
    return this.#tick;
  }

  /** The ticks that take at least `ms`. */
  ticksOf(ms: number): number {
    return Math.ceil(ms / this.#tickMs);
  }

  /** To be called when there is something to wait for. */
  run(): void {
    this.#cancel ??= this.#start();
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
