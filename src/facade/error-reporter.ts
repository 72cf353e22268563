import type { EventEmitter } from 'node:events';
import type { SessionStorageError } from '../errors.js';

/**
 * Failures that nobody waits for. They become `'error'` events; when nobody listens, process warnings,
 * one for each code, because a failing shard can fail thousands of operations a second.
 */
export class ErrorReporter {
  readonly #emitter: EventEmitter;
  readonly #warnedCodes = new Set<string>();

  constructor(emitter: EventEmitter) {
    this.#emitter = emitter;
  }

  /** Emits on its own, so that a listener that throws hurts nothing that is under way. */
  readonly report = (error: SessionStorageError): void => {
    process.nextTick(() => this.#emit(error));
  };

  #emit(error: SessionStorageError): void {
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
