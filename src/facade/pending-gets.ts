import { AsyncResource } from 'node:async_hooks';
import type { SessionStorageError } from '../errors.js';
import type { JstpSession, ParseMessage } from '../jstp-session.js';
import type { Outage } from '../options.js';
import { NONE, type Result } from '../protocol.js';
import type { LateMessages, SessionCodec } from '../session-codec.js';
import { nextTick } from '../timer-functions.js';
import { type Chained, IdTable } from './id-table.js';
import type { Amendment } from './late-messages.js';
import { Deferred, type ObservedPromise, type ReportError } from './observed-promise.js';
import type { Operation } from './operations.js';
import { removeUnreadableMessages } from './unreadable-messages.js';

export type GetCallback = (session: JstpSession | undefined) => void;

/** One caller of `get`. */
interface Waiter {
  answer(session: JstpSession | undefined): void;
  fail(error: SessionStorageError): void;
}

export interface PendingGetsOptions {
  /** Sends the operation that a get takes. */
  readonly start: (id: string, get: PendingGet) => void;
  readonly codec: SessionCodec;
  /** That of the host; `undefined`: it is not known, and messages are not looked at. */
  readonly parseMessage: ParseMessage | undefined;
  readonly outage: Outage;
  readonly report: ReportError;
  /** Called before an answer is made, to add what has been buffered for its session until now. */
  readonly drainLateMessages: () => void;
  /** Called when all who waited for a session by callback have it. */
  readonly onRestored: (id: string, session: JstpSession) => void;
}

/**
 * Gets that are under way. Those of one id share one answer and one Session object, as two handshakes
 * with one id must; an operation that changes the id ends the sharing, so that a `get` sees all
 * that was called before it.
 */
export class PendingGets {
  readonly #options: PendingGetsOptions;
  readonly #byId = new IdTable<PendingGet>();

  constructor(options: PendingGetsOptions) {
    this.#options = options;
  }

  /**
   * Waits for the id, with a new operation if none is under way. `hash` is always the same for an id;
   * without one the operation is not shared.
   */
  add(hash: number | undefined, id: string, callback: GetCallback): void {
    const { outage, report } = this.#options;
    this.#join(hash, id, new CallbackWaiter(callback, outage, report));
  }

  addPromise(hash: number | undefined, id: string): ObservedPromise<JstpSession | undefined> {
    const waiter = new PromiseWaiter(this.#options.report);
    this.#join(hash, id, waiter);
    return waiter.promise;
  }

  /**
   * To be called before anything of this id changes: what has been buffered for its session until now
   * belongs to the answer under way.
   */
  beforeChange(hash: number, id: string): void {
    if (this.#byId.find(hash, id) !== undefined) this.#options.drainLateMessages();
  }

  /** From here on a `get` of this id may have another answer. */
  detach(hash: number, id: string): void {
    const get = this.#byId.find(hash, id);
    if (get !== undefined) this.#byId.remove(get);
  }

  detachAll(): void {
    this.#options.drainLateMessages();
    this.#byId.clear();
  }

  /** Messages for a session that is on its way here: the answer left the shard without them. */
  addLateMessages(hash: number, amendment: Amendment): void {
    this.#byId.find(hash, amendment.id)?.addLateMessages(amendment);
  }

  /** The get is over: the next one of its id asks the shard again. */
  forget(pending: PendingGet): void {
    this.#byId.remove(pending);
  }

  #join(hash: number | undefined, id: string, waiter: Waiter): void {
    const pending = hash === undefined ? undefined : this.#byId.find(hash, id);
    if (pending !== undefined) {
      pending.add(waiter);
      return;
    }
    const get = new PendingGet(hash ?? 0, id, waiter, this, this.#options);
    if (hash !== undefined) this.#byId.add(get);
    this.#options.start(id, get);
  }
}

/** One answer of a shard, and those who wait for it. */
export class PendingGet implements Operation, Chained<PendingGet> {
  readonly hash: number;
  readonly id: string;
  next: PendingGet | undefined;
  readonly #owner: PendingGets;
  readonly #options: PendingGetsOptions;
  readonly #waiters: Waiter[];
  #lateMessages: Amendment[] | undefined;

  constructor(
    hash: number,
    id: string,
    waiter: Waiter,
    owner: PendingGets,
    options: PendingGetsOptions,
  ) {
    this.hash = hash;
    this.id = id;
    this.next = undefined;
    this.#waiters = [waiter];
    this.#owner = owner;
    this.#options = options;
  }

  add(waiter: Waiter): void {
    this.#waiters.push(waiter);
  }

  addLateMessages(amendment: Amendment): void {
    this.#lateMessages ??= [];
    this.#lateMessages.push(amendment);
  }

  succeed(result: Result): void {
    this.#options.drainLateMessages();
    this.#owner.forget(this);
    const session = result === NONE ? undefined : this.#decode(String(result));
    let byCallback = false;
    for (const waiter of this.#waiters) {
      waiter.answer(session);
      byCallback ||= waiter instanceof CallbackWaiter;
    }
    if (session !== undefined && byCallback) this.#options.onRestored(this.id, session);
  }

  fail(error: SessionStorageError): void {
    this.#owner.forget(this);
    for (const waiter of this.#waiters) waiter.fail(error);
  }

  /** A session that cannot be read is as good as gone, and said to be. */
  #decode(value: string): JstpSession | undefined {
    if (this.#lateMessages === undefined) return this.#decodeWith(value, []);
    const late = this.#lateMessages.filter(({ valueHead }) => value.startsWith(valueHead));
    const [first] = late;
    // They came one after the other; only what came before them may be missing.
    if (first?.continuesStored() === false) late.length = 0;
    return this.#decodeWith(
      value,
      late.map(({ messages }) => messages),
    );
  }

  #decodeWith(value: string, late: readonly LateMessages[]): JstpSession | undefined {
    try {
      const session = this.#options.codec.decode(this.id, value, late);
      this.#removeUnreadableMessages(session);
      return session;
    } catch (error) {
      // The codec throws nothing else.
      this.#options.report(error as SessionStorageError);
      return undefined;
    }
  }

  #removeUnreadableMessages(session: JstpSession): void {
    const { parseMessage, report } = this.#options;
    if (parseMessage === undefined || session.buffer.size === 0) return;
    const error = removeUnreadableMessages(this.id, session, parseMessage);
    if (error !== undefined) report(error);
  }
}

class CallbackWaiter extends AsyncResource implements Waiter {
  readonly #callback: GetCallback;
  readonly #outage: Outage;
  readonly #report: ReportError;

  constructor(callback: GetCallback, outage: Outage, report: ReportError) {
    super('JSTP_SESSION_GET');
    this.#callback = callback;
    this.#outage = outage;
    this.#report = report;
  }

  /** What the callback throws is its owner's uncaught exception, and must not hurt other answers. */
  answer(session: JstpSession | undefined): void {
    try {
      this.runInAsyncScope(this.#callback, undefined, session);
    } catch (error) {
      nextTick(() => {
        throw error;
      });
    }
  }

  fail(error: SessionStorageError): void {
    this.#report(error);
    if (this.#outage === 'miss') this.answer(undefined);
  }
}

class PromiseWaiter implements Waiter {
  readonly #deferred: Deferred<JstpSession | undefined>;

  constructor(report: ReportError) {
    this.#deferred = new Deferred(report);
  }

  get promise(): ObservedPromise<JstpSession | undefined> {
    return this.#deferred.promise;
  }

  answer(session: JstpSession | undefined): void {
    this.#deferred.resolve(session);
  }

  fail(error: SessionStorageError): void {
    this.#deferred.reject(error);
  }
}
