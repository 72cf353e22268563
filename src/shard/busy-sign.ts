import type { CancelTimer, Clock } from '../clock.js';
import type { Notice } from '../notice.js';

/** Below the second after which a shard that says nothing is taken for hung. */
const INTERVAL_MS = 250;

export interface BusySignOptions {
  readonly clock: Clock;
  readonly post: (notice: Notice) => void;
  readonly isBusy: () => boolean;
}

/** Tells now and then that a shard is at work, so that a slow disk or server is not taken for a shard that hangs. */
export class BusySign {
  readonly #options: BusySignOptions;
  #isOn = false;
  #cancel: CancelTimer = () => {};

  constructor(options: BusySignOptions) {
    this.#options = options;
  }

  /** Until it is not busy any more. May be called again. */
  start(): void {
    if (this.#isOn) return;
    const { clock, post, isBusy } = this.#options;
    this.#isOn = true;
    this.#cancel = clock.after(INTERVAL_MS, () => {
      this.#isOn = false;
      if (!isBusy()) return;
      post({ kind: 'busy' });
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }
}
