import type { SessionStorageError } from '../errors.js';
import { nextTick } from '../timer-functions.js';
import { Deferred, type ReportError } from './observed-promise.js';

/**
 * A promise of nothing that is made when somebody waits for it. It is for the `setInactive` that the host calls for
 * each closed connection, and whose promise it ignores: making one for each costs a sixth of the `set` before it (see
 * `docs/design/store.md`). `await`, `Promise.all` and `instanceof Promise` take it for a promise.
 */
export class LazyPromise implements Promise<void> {
  readonly #report: ReportError;
  #isDone = false;
  #error: SessionStorageError | undefined;
  #made: Deferred<void> | undefined;

  constructor(report: ReportError) {
    this.#report = report;
  }

  /** Anybody waits for it. */
  get observed(): boolean {
    return this.#made !== undefined;
  }

  get [Symbol.toStringTag](): string {
    return 'Promise';
  }

  resolve(): void {
    this.#isDone = true;
    this.#made?.resolve();
  }

  /** Reports the error if nobody waits by the end of the turn's microtasks, like that of a `Deferred`. */
  reject(error: SessionStorageError): void {
    this.#error = error;
    if (this.#made !== undefined) this.#made.reject(error);
    else Promise.resolve().then(() => nextTick(() => this.#reportIfIgnored(error)));
  }

  // biome-ignore lint/suspicious/noThenProperty: this is a promise
  then<A = void, B = never>(
    // biome-ignore lint/suspicious/noConfusingVoidType: the value of such a promise
    onFulfilled?: ((value: void) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#make().then(onFulfilled, onRejected);
  }

  catch<B = never>(
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
    // biome-ignore lint/suspicious/noConfusingVoidType: the value of such a promise
  ): Promise<void | B> {
    return this.#make().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<void> {
    return this.#make().finally(onFinally);
  }

  #reportIfIgnored(error: SessionStorageError): void {
    if (this.#made === undefined) this.#report(error);
  }

  #make(): Promise<void> {
    if (this.#made === undefined) {
      this.#made = new Deferred<void>(this.#report);
      if (this.#error !== undefined) this.#made.reject(this.#error);
      else if (this.#isDone) this.#made.resolve();
    }
    return this.#made.promise;
  }
}

// For `instanceof`. All methods of promises are its own, as those would look for what only promises have.
Object.setPrototypeOf(LazyPromise.prototype, Promise.prototype);
