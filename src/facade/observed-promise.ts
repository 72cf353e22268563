import { SessionStorageError } from '../errors.js';
import { nextTick } from '../timer-functions.js';

/** `count`: how many operations have failed with this error; default 1. */
export type ReportError = (error: SessionStorageError, count?: number) => void;

/**
 * A promise that knows whether anybody waits for it. The host ignores the promises that it gets; a
 * failure of theirs must end up in an `'error'` event and not in an unhandled rejection, which ends
 * the process.
 */
export class ObservedPromise<T> extends Promise<T> {
  observed = false;

  // What `then` returns is an ordinary promise again.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: this is a promise
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.observed = true;
    return super.then(onFulfilled, onRejected);
  }
}

// What the constructor of a promise called last: one executor for all spares each a closure.
let lastResolve: (value: never) => void;
let lastReject: (error: SessionStorageError) => void;
function noteExecutors(
  resolve: (value: never) => void,
  reject: (error: SessionStorageError) => void,
): void {
  lastResolve = resolve;
  lastReject = reject;
}

/** An `ObservedPromise` and the means to settle it. */
export class Deferred<T> {
  readonly promise: ObservedPromise<T>;
  readonly #report: ReportError;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: SessionStorageError) => void;
  #rejected = false;

  constructor(report: ReportError) {
    this.#report = report;
    this.promise = new ObservedPromise<T>(noteExecutors);
    this.#resolve = lastResolve as (value: T) => void;
    this.#reject = lastReject;
  }

  resolve(value: T): void {
    this.#resolve(value);
  }

  /**
   * Reports the error if nobody waits for the promise by the end of the turn's microtasks. Only the
   * first call counts.
   */
  reject(error: SessionStorageError): void {
    if (this.#rejected) return;
    this.#rejected = true;
    const { promise } = this;
    // `await` looks at the promise a microtask after its caller got it, hence the next tick.
    Promise.prototype.then.call(promise, undefined, () =>
      nextTick(() => {
        if (!promise.observed) this.#report(error);
      }),
    );
    this.#reject(error);
  }

  /** Like `reject`, but it is no news to nobody. */
  abandon(error: SessionStorageError): void {
    if (this.#rejected) return;
    this.#rejected = true;
    Promise.prototype.then.call(this.promise, undefined, () => {});
    this.#reject(error);
  }
}

/** A promise that failed before it began. */
export function rejected(error: SessionStorageError, report: ReportError): ObservedPromise<never> {
  const deferred = new Deferred<never>(report);
  deferred.reject(error);
  return deferred.promise;
}

/** The same outcome; one that fails is reported if nobody waits for it. `promise` rejects with nothing else. */
export function observe<T>(promise: Promise<T>, report: ReportError): ObservedPromise<T> {
  const deferred = new Deferred<T>(report);
  promise.then(
    (value) => deferred.resolve(value),
    (error: SessionStorageError) => deferred.reject(error),
  );
  return deferred.promise;
}

/** Calls that are refused at once. Those that one error refuses share one promise: a flood takes no memory. */
export class Refusals {
  readonly #report: ReportError;
  #last: { error: SessionStorageError; promise: ObservedPromise<never>; calls: number } | undefined;

  constructor(report: ReportError) {
    this.#report = report;
  }

  /** A rejected promise for one more call. Throws what is no `SessionStorageError`. */
  add(error: unknown): ObservedPromise<never> {
    if (!(error instanceof SessionStorageError)) throw error;
    if (this.#last?.error === error) {
      this.#last.calls++;
      return this.#last.promise;
    }
    const last = { error, calls: 1, promise: rejected(error, () => this.#reportCalls(last)) };
    this.#last = last;
    return last.promise;
  }

  #reportCalls(last: { error: SessionStorageError; calls: number }): void {
    // A later call is counted with a promise of its own.
    if (this.#last === last) this.#last = undefined;
    this.#report(last.error, last.calls);
  }
}
