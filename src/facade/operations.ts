import { SessionStorageError } from '../errors.js';
import { NONE, NOT_SAFE, type Result, STORE_FULL, STORE_FULL_NOT_SAFE } from '../protocol.js';
import { describeSessionId } from '../session-id-text.js';
import type { Amendment } from './late-messages.js';
import { LazyPromise } from './lazy-promise.js';
import { Deferred, type ObservedPromise, type ReportError } from './observed-promise.js';

/** What waits for the answer to an operation. One of its methods is called, once. */
export interface Operation {
  succeed(result: Result): void;
  fail(error: SessionStorageError): void;
  /** False while nobody waits for its answer. Default: true. */
  readonly urgent?: boolean;
  /** `succeed` may also be called after it has failed because its time was over. */
  readonly heedsLateAnswer?: boolean;
  /**
   * Called in place of `fail` when only the value was refused. Gives the operation that waits for the session to
   * become inactive. Default: `fail` is called.
   */
  refuseValue?(error: SessionStorageError): Operation;
}

/** An operation whose answer becomes the value of a promise. */
export class PromisedOperation<T> extends Deferred<T> implements Operation {
  readonly #toValue: (result: Result) => T;

  constructor(report: ReportError, toValue: (result: Result) => T) {
    super(report);
    this.#toValue = toValue;
  }

  get urgent(): boolean {
    return this.promise.observed;
  }

  succeed(result: Result): void {
    if (result === NOT_SAFE) this.reject(notSafeError());
    else this.resolve(this.#toValue(result));
  }

  fail(error: SessionStorageError): void {
    this.reject(error);
  }
}

/** A `setInactive` that travels with a `set`, and its promise. */
class InactiveOperation extends LazyPromise implements Operation {
  get urgent(): boolean {
    return this.observed;
  }

  succeed(result: Result): void {
    if (result === NOT_SAFE) this.reject(notSafeError());
    else this.resolve();
  }

  fail(error: SessionStorageError): void {
    this.reject(error);
  }
}

/** A `set`, and a `setInactive` that travels with it, which settles as its own. */
export class SetOperation extends Deferred<void> implements Operation {
  readonly id: string;
  readonly #report: ReportError;
  #inactive: InactiveOperation | undefined;
  #marksInactive = false;

  constructor(id: string, report: ReportError) {
    super(report);
    this.id = id;
    this.#report = report;
  }

  get urgent(): boolean {
    return this.promise.observed || this.#inactive?.urgent === true;
  }

  /** From now on it also makes the session inactive. Gives the promise of that. */
  joinInactive(): Promise<void> {
    this.#inactive ??= new InactiveOperation(this.#report);
    this.#marksInactive = true;
    return this.#inactive;
  }

  /** Another `set` takes its place, and leaves the session active. */
  keepActive(): void {
    this.#marksInactive = false;
  }

  succeed(result: Result): void {
    if (result === STORE_FULL || result === STORE_FULL_NOT_SAFE) {
      this.refuseValue(storeFullError(this.id)).succeed(result === STORE_FULL ? NONE : NOT_SAFE);
    } else if (result === NOT_SAFE) {
      this.fail(notSafeError());
    } else {
      this.resolve();
      this.#inactive?.succeed(result);
    }
  }

  fail(error: SessionStorageError): void {
    this.reject(error);
    this.#inactive?.fail(error);
  }

  refuseValue(error: SessionStorageError): Operation {
    this.reject(error);
    if (this.#marksInactive) return this.#inactive ?? NOBODY;
    // It was to come before a value that was refused: what is stored was not made inactive.
    this.#inactive?.fail(error);
    return NOBODY;
  }
}

/** Waits for nothing. */
const NOBODY: Operation = { succeed: () => {}, fail: () => {}, urgent: false };

/** Operations on several shards whose answers make up one value. The first failure is the whole's. */
export class Gathering<T> {
  readonly #deferred: Deferred<T>;
  readonly #combine: (results: Result[]) => T;
  readonly #results: Result[];
  #missing: number;

  constructor(report: ReportError, parts: number, combine: (results: Result[]) => T) {
    this.#deferred = new Deferred(report);
    this.#combine = combine;
    this.#results = new Array<Result>(parts);
    this.#missing = parts;
  }

  get promise(): ObservedPromise<T> {
    return this.#deferred.promise;
  }

  part(index: number): Operation {
    return {
      succeed: (result) => {
        if (result === NOT_SAFE) this.#deferred.reject(notSafeError());
        else this.#add(index, result);
      },
      fail: (error) => this.#deferred.reject(error),
    };
  }

  #add(index: number, result: Result): void {
    this.#results[index] = result;
    this.#missing--;
    if (this.#missing === 0) this.#deferred.resolve(this.#combine(this.#results));
  }
}

/** Messages to be added to a stored session. Nobody waits for it: only its failure matters. */
export class AmendOperation implements Operation {
  // A refusal matters whenever it comes, for the messages after these.
  readonly heedsLateAnswer = true;
  readonly urgent = false;
  readonly #amendment: Amendment;
  readonly #report: ReportError;
  #failed = false;

  constructor(amendment: Amendment, report: ReportError) {
    this.#amendment = amendment;
    this.#report = report;
  }

  succeed(result: Result): void {
    if (result === NOT_SAFE) this.#report(notSafeError());
    if (result !== STORE_FULL) return;
    this.#amendment.refuse();
    this.#report(storeFullError(this.#amendment.id));
  }

  /** It may still be applied. */
  fail(error: SessionStorageError): void {
    if (!this.#failed) this.#report(error);
    this.#failed = true;
  }
}

function storeFullError(id: string): SessionStorageError {
  return new SessionStorageError(
    'ERR_STORE_FULL',
    `session ${describeSessionId(id)}: expected room within maxSessions and maxBytes, or an inactive session to give up, got neither`,
  );
}

/** With `fsync: 'always'` only. */
function notSafeError(): SessionStorageError {
  return new SessionStorageError(
    'ERR_JOURNAL_WRITE',
    'expected the disk to take the change, got a failure; it is done in memory, and is written when the disk takes it',
  );
}
