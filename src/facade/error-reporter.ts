import type { EventEmitter } from 'node:events';
import { type ErrorCode, SessionStorageError } from '../errors.js';
import { nextTick, setTimeout } from '../timer-functions.js';
import { diagnosticsChannel } from './diagnostics.js';

/** A burst is over when so much time has brought no more failures: the answers to one turn's calls take several turns. */
export const QUIET_MS = 100;
/** Of such times in a row, after which failures that do not stop are told. */
const HOLDS_MAX = 10;

/** Calls back in a while. Until then the process does not end by itself. */
export type HoldErrors = (callback: () => void) => void;

export const holdErrors: HoldErrors = (callback) => {
  setTimeout(callback, QUIET_MS);
};

/** Failures with one code since the first of them was reported. */
interface Burst {
  readonly first: SessionStorageError;
  count: number;
}

/**
 * Failures that nobody waits for. They become `'error'` events: one for each code in a burst of failures, because one
 * cause may fail thousands of operations; the event's error counts them. Without a listener they become process
 * warnings, one for each code.
 */
export class ErrorReporter {
  readonly #emitter: EventEmitter;
  readonly #hold: HoldErrors;
  // At most one for each code.
  readonly #bursts = new Map<ErrorCode, Burst>();
  #flushes = 0;
  #holds = 0;
  // More failures came since the burst was held last.
  #hasMore = false;
  readonly #warnedCodes = new Set<ErrorCode>();

  constructor(emitter: EventEmitter, hold: HoldErrors) {
    this.#emitter = emitter;
    this.#hold = hold;
  }

  /** `count`: how many operations have failed with this error. Emits later. */
  readonly report = (error: SessionStorageError, count = 1): void => {
    const isFirst = this.#bursts.size === 0;
    const burst = this.#bursts.get(error.code);
    if (burst === undefined) this.#bursts.set(error.code, { first: error, count });
    else burst.count += count;
    if (isFirst) this.#holdAgain();
    else this.#hasMore = true;
  };

  #holdAgain(): void {
    this.#holds++;
    this.#hasMore = false;
    const flushes = this.#flushes;
    this.#hold(() => {
      if (flushes !== this.#flushes) return;
      if (this.#hasMore && this.#holds < HOLDS_MAX) this.#holdAgain();
      else this.flush();
    });
  }

  /** Emits now, on ticks of their own, what is held back. */
  readonly flush = (): void => {
    const bursts = [...this.#bursts.values()];
    this.#bursts.clear();
    this.#flushes++;
    this.#holds = 0;
    for (const { first, count } of bursts) {
      // Each on a tick of its own: a listener that throws must not keep the others from being called.
      nextTick(() => this.#emit(count === 1 ? first : errorOfBurst(first, count)));
    }
  };

  #emit(error: SessionStorageError): void {
    const diagnostics = diagnosticsChannel('error');
    if (diagnostics.hasSubscribers) diagnostics.publish({ provider: this.#emitter, error });
    if (this.#emitter.listenerCount('error') > 0) {
      this.#emitter.emit('error', error);
    } else if (!this.#warnedCodes.has(error.code)) {
      this.#warnedCodes.add(error.code);
      process.emitWarning(`${error.message} (listen to 'error' for all of this code)`, {
        type: 'SessionStorageWarning',
        code: error.code,
      });
    }
  }
}

/** The first error itself may also reject a promise that somebody waits for, so it stays as it is. */
function errorOfBurst(first: SessionStorageError, count: number): SessionStorageError {
  const { code, detail } = first;
  const all = `${detail} (the first of ${count} failures with this code in a row)`;
  return new SessionStorageError(code, all, { cause: first, count });
}
