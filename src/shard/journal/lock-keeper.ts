import type { CancelTimer, Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import { type LockState, TOUCH_AGE_MS_MAX, TOUCH_INTERVAL_MS } from './touch-lock.js';

/** A thread that was stopped for longer may have lost the lock, and looks before it does anything. */
const UNSEEN_MS_MAX = TOUCH_AGE_MS_MAX / 2;

/** Where the lock is that a shard's provider has. */
export interface HeldLock {
  readonly directory: string;
  readonly token: string;
}

export interface LockKeeperOptions {
  readonly lock: HeldLock;
  readonly clock: Clock;
  /** See `touchLock`. */
  readonly touch: (directory: string, token: string) => LockState;
  /** Another provider has the lock: nothing may be written any more. Told once. */
  readonly onLost: () => void;
  /** The lock could not be refreshed, for this reason. Told once until it could. */
  readonly onFailed: (reason: string) => void;
}

/** Refreshes the journal's lock from the thread of a shard, where neither the application nor its work is in the way. */
export class LockKeeper {
  readonly #options: LockKeeperOptions;
  #seenMs = Number.NEGATIVE_INFINITY;
  #timesGone = 0;
  #isLost = false;
  #hasFailed = false;
  #cancelTouch: CancelTimer = () => {};

  constructor(options: LockKeeperOptions) {
    this.#options = options;
  }

  /** Refreshes it now, and from now on. */
  start(): void {
    this.refresh();
    if (this.#isLost) return;
    this.#cancelTouch = this.#options.clock.after(TOUCH_INTERVAL_MS, () => this.start());
  }

  stop(): void {
    this.#cancelTouch();
  }

  /** False once the lock is lost. Looks at it only if nobody has for long. */
  isHeld(): boolean {
    const isUnseen = this.#options.clock.elapsed() - this.#seenMs > UNSEEN_MS_MAX;
    return isUnseen ? this.refresh() : !this.#isLost;
  }

  /** Refreshes the lock now. False once it is lost. */
  refresh(): boolean {
    if (this.#isLost) return false;
    const { lock, clock, touch, onFailed } = this.#options;
    this.#seenMs = clock.elapsed();
    try {
      this.#onState(touch(lock.directory, lock.token));
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) onFailed(messageOf(error));
      this.#hasFailed = true;
    }
    return !this.#isLost;
  }

  #onState(state: LockState): void {
    // Once it may be that all files are being removed at this moment.
    this.#timesGone = state === 'gone' ? this.#timesGone + 1 : 0;
    if (state !== 'taken' && this.#timesGone < 2) return;
    this.#isLost = true;
    this.stop();
    this.#options.onLost();
  }
}
