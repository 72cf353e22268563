import type { Clock } from '../clock.js';

export interface StartQueueOptions {
  readonly clock: Clock;
  /** Workers that start at the same time, at least 1. More than there are CPUs only slow each other down. */
  readonly startsMax: number;
}

/** A place in the queue, or among those that start. */
export interface StartTicket {
  /** The start is over, or not wanted any more: the next one may begin. May be called again. */
  leave(): void;
}

/**
 * Workers that are to start, first come, first served: few at the same time, so that none waits for a CPU for
 * longer than its start may take, and at most one in each turn of the event loop, as creating a worker holds the
 * server's thread up for some milliseconds.
 */
export class StartQueue {
  readonly #options: StartQueueOptions;
  // Sets keep the order of insertion.
  readonly #waiting = new Set<QueuedStart>();
  readonly #starting = new Set<QueuedStart>();
  #hasStartedInTurn = false;

  constructor(options: StartQueueOptions) {
    this.#options = options;
  }

  /** Calls `start` once, at once or in a later turn, unless the ticket is given back before. */
  enter(start: () => void): StartTicket {
    const queued: QueuedStart = { start };
    this.#waiting.add(queued);
    this.#startNext();
    return { leave: () => this.#leave(queued) };
  }

  #leave(queued: QueuedStart): void {
    this.#waiting.delete(queued);
    if (this.#starting.delete(queued)) this.#startNext();
  }

  #startNext(): void {
    const { clock, startsMax } = this.#options;
    if (this.#hasStartedInTurn || this.#starting.size >= startsMax) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#starting.add(next);
    this.#hasStartedInTurn = true;
    clock.nextTurn(() => {
      this.#hasStartedInTurn = false;
      this.#startNext();
    });
    next.start();
  }
}

interface QueuedStart {
  readonly start: () => void;
}
