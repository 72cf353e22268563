import type { EventEmitter } from 'node:events';
import type { SessionStorageError } from '../errors.js';
import { nextTick } from '../timer-functions.js';
import { diagnosticsChannel } from './diagnostics.js';

/**
 * Failures that nobody waits for. They become `'error'` events, one for each cause and not for each of
 * the thousands of operations that may fail with it; when nobody listens, process warnings, one for
 * each code.
 */
export class ErrorReporter {
  readonly #emitter: EventEmitter;
  readonly #warnedCodes = new Set<string>();
  readonly #reported = new WeakSet<SessionStorageError>();

  constructor(emitter: EventEmitter) {
    this.#emitter = emitter;
  }

  /** Emits on its own, so that a listener that throws hurts nothing that is under way. */
  readonly report = (error: SessionStorageError): void => {
    if (this.#reported.has(error)) return;
    this.#reported.add(error);
    nextTick(() => this.#emit(error));
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
