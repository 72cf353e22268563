import type { EventEmitter } from 'node:events';
import { type ErrorCode, SessionStorageError } from '../errors.js';
import { nextTick, setImmediate } from '../timer-functions.js';
import { diagnosticsChannel } from './diagnostics.js';

/** Failures with one code in the current turn of the event loop. */
interface Burst {
  readonly first: SessionStorageError;
  count: number;
}

/**
 * Failures that nobody waits for. They become `'error'` events, one for each code and turn of the event loop,
 * because one cause may fail thousands of operations in a turn; the event's error counts them. Without a listener
 * they become process warnings, one for each code.
 */
export class ErrorReporter {
  readonly #emitter: EventEmitter;
  // At most one for each code.
  readonly #bursts = new Map<ErrorCode, Burst>();
  readonly #warnedCodes = new Set<ErrorCode>();
  // One error may fail operations in many turns; only the first turn reports it.
  readonly #emitted = new WeakSet<SessionStorageError>();

  constructor(emitter: EventEmitter) {
    this.#emitter = emitter;
  }

  /** `count`: how many operations have failed with this error. Emits at the end of the turn. */
  readonly report = (error: SessionStorageError, count = 1): void => {
    if (this.#emitted.has(error)) return;
    const burst = this.#bursts.get(error.code);
    if (burst !== undefined) {
      burst.count += count;
      return;
    }
    if (this.#bursts.size === 0) setImmediate(() => this.#emitAll());
    this.#bursts.set(error.code, { first: error, count });
  };

  #emitAll(): void {
    const bursts = [...this.#bursts.values()];
    this.#bursts.clear();
    for (const { first, count } of bursts) {
      this.#emitted.add(first);
      // Each on a tick of its own: a listener that throws must not keep the others from being called.
      nextTick(() => this.#emit(count === 1 ? first : errorOfBurst(first, count)));
    }
  }

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
  const all = `${detail} (the first of ${count} failures with this code in one turn of the event loop)`;
  return new SessionStorageError(code, all, { cause: first, count });
}
