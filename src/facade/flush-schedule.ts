import type { CancelTimer, Clock } from '../clock.js';
import type { PendingBatch } from './pending-batch.js';

/** How long operations that nobody waits for may wait for company. */
export const LINGER_MS = 2;
/** No more company is needed: of a message, most of the cost is shared by now. */
const LINGER_OPERATIONS_MAX = 64;

export interface FlushScheduleOptions {
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  /** The batch that is being filled. */
  readonly open: () => PendingBatch | undefined;
  /** Called when it is complete. */
  readonly flush: () => void;
}

/**
 * When the batch that is being filled is complete: at the end of the event-loop turn, in which as many
 * operations as possible have come together; or a little later if nobody waits for any of them. The
 * host waits for no `set`, and connections mostly close one by one, where the message and its answer
 * would cost this thread many times what the operation does.
 */
export class FlushSchedule {
  readonly #options: FlushScheduleOptions;
  readonly #lingerMs: number;
  #turnEnds = false;
  #cancelLinger: CancelTimer | undefined;

  constructor(options: FlushScheduleOptions) {
    this.#options = options;
    this.#lingerMs = Math.min(LINGER_MS, options.requestTimeoutMs / 8);
  }

  /** To be called when an operation was added to the batch. */
  onAdded(): void {
    if (this.#turnEnds) return;
    this.#turnEnds = true;
    this.#options.clock.nextTurn(() => this.#onTurnEnd());
  }

  #onTurnEnd(): void {
    this.#turnEnds = false;
    const { clock, open } = this.#options;
    const batch = open();
    if (batch === undefined) return;
    if (batch.urgent || batch.operations.length >= LINGER_OPERATIONS_MAX) this.#flush();
    else this.#cancelLinger ??= clock.after(this.#lingerMs, () => this.#flush());
  }

  #flush(): void {
    this.#cancelLinger?.();
    this.#cancelLinger = undefined;
    this.#options.flush();
  }
}
