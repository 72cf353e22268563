import { EventEmitter } from 'node:events';
import { readClockAnchor, SteadyClock } from './clock.js';
import { describe, SessionStorageError } from './errors.js';
import { ErrorReporter } from './facade/error-reporter.js';
import { type Amendment, LateMessageWatch } from './facade/late-messages.js';
import { type ReportError, rejected } from './facade/observed-promise.js';
import {
  Gathering,
  type Operation,
  PromisedOperation,
  SetOperation,
  UnawaitedOperation,
} from './facade/operations.js';
import { type GetCallback, PendingGets } from './facade/pending-gets.js';
import { ShardPool } from './facade/shard-pool.js';
import { ShardRouter } from './facade/shard-router.js';
import { INTERNALS, type Internals } from './internals.js';
import { connectionState, type JstpSession } from './jstp-session.js';
import { type ProviderOptions, readOptions, type Settings } from './options.js';
import * as protocol from './protocol.js';
import type { ProviderEvents } from './provider-events.js';
import { type ProviderStats, type ShardStats, totalStats } from './provider-stats.js';
import { SessionCodec } from './session-codec.js';
import { createSeed, SESSION_ID_LENGTH_MAX } from './slots.js';

/**
 * Session storage for JSTP servers that keeps the sessions on worker threads. Pass it as
 * `sessionStorageProvider` to `createServer`, or as the `sessionsStorage` of an Application.
 *
 * All operations on one id take effect in the order of the calls. Promises reject with a
 * `SessionStorageError`; a failure that nobody waits for becomes an `'error'` event and never an
 * unhandled rejection.
 */
export class ShardedSessionStorageProvider extends EventEmitter<ProviderEvents> {
  /** Every shard serves. Operations may be called before it. Rejects if a shard cannot start. */
  readonly ready: Promise<void>;
  readonly #settings: Settings;
  readonly #internals: Internals;
  readonly #report: ReportError;
  readonly #codec: SessionCodec;
  readonly #router: ShardRouter;
  readonly #gets: PendingGets;
  readonly #lateMessages: LateMessageWatch;
  #closing: Promise<void> | undefined;

  /** Throws `ERR_INVALID_OPTION`. Starts the shards' worker threads. */
  constructor(options: ProviderOptions = {}) {
    super();
    const settings = readOptions(options);
    const { report } = new ErrorReporter(this);
    this.#settings = settings;
    this.#internals = internalsOf(options, settings);
    this.#report = report;
    this.#codec = new SessionCodec(settings.Session, settings.sessionBytesMax);
    this.#gets = new PendingGets({
      codec: this.#codec,
      outage: settings.outage,
      report,
      drainLateMessages: () => this.#lateMessages.drain(),
      onRestored: (id, session) => this.#afterRestore(id, session),
    });
    this.#lateMessages = new LateMessageWatch({
      clock: this.#internals.clock,
      codec: this.#codec,
      sessionBytesMax: settings.sessionBytesMax,
      report,
      send: (amendment) => this.#amend(amendment),
    });
    this.#router = new ShardRouter({
      ...settings,
      ...this.#internals,
      report,
      onUp: (shard) => this.emit('shardUp', { shard }),
      onDown: (shard, reason) => this.emit('shardDown', { shard, reason }),
      onExpired: (shard, count) => this.emit('expired', { shard, count }),
    });
    this.ready = this.#router.ready;
  }

  /** Tells the host that `get` answers by callback. */
  isAsync(): true {
    return true;
  }

  /**
   * The session with that id, which becomes active; or `undefined` if there is none, it has expired or
   * `id` is not a valid id. Rejects with `ERR_TIMEOUT`, `ERR_SHARD_UNAVAILABLE` or `ERR_CLOSED`.
   */
  get(id: string): Promise<JstpSession | undefined>;
  /** The same by callback, called once, later; on failure see the option `outage`. */
  get(id: string, callback: GetCallback): void;
  // biome-ignore lint/suspicious/noConfusingVoidType: two forms, as the host defines them
  get(id: string, callback?: GetCallback): Promise<JstpSession | undefined> | void {
    if (typeof callback !== 'function') {
      return this.#gets.addPromise(id, (get) => this.#startGet(id, get));
    }
    this.#gets.add(id, callback, (get) => this.#startGet(id, get));
    return undefined;
  }

  /**
   * Stores the session as it is now, and each message that the host buffers for it once its connection
   * has closed. The session becomes active. Resolves when its shard has it. Rejects with
   * `ERR_INVALID_SESSION_ID`, `ERR_SESSION_NOT_SERIALIZABLE` or `ERR_SESSION_TOO_LARGE`, and what was
   * stored before stays; with `ERR_TIMEOUT`, and the outcome is unknown; with `ERR_SHARD_UNAVAILABLE` or
   * `ERR_CLOSED`.
   */
  set(id: string, session: JstpSession): Promise<void> {
    try {
      this.#assertUsable(id);
      this.#gets.beforeChange(id);
      const { clock } = this.#internals;
      const value = this.#codec.encode(id, session, clock.now());
      this.#lateMessages.watch(id, session, value);
      const slot = this.#slotOfChanged(id);
      const operation = new SetOperation(id, this.#report);
      const deadline = clock.now() + this.#settings.activeSessionLifetimeMs;
      protocol.appendSet(this.#router.channelOf(slot).queue(operation), slot, id, value, deadline);
      return operation.promise;
    } catch (error) {
      return this.#rejected(error);
    }
  }

  /**
   * Marks the session as inactive: it expires `inactiveSessionLifetime` from now. An unknown id is no
   * error. Rejects with `ERR_INVALID_SESSION_ID`, `ERR_TIMEOUT`, `ERR_SHARD_UNAVAILABLE` or `ERR_CLOSED`.
   */
  setInactive(id: string): Promise<void> {
    try {
      this.#assertUsable(id);
      this.#gets.beforeChange(id);
      const slot = this.#slotOfChanged(id);
      const channel = this.#router.channelOf(slot);
      const deadline = this.#internals.clock.now() + this.#settings.inactiveSessionLifetimeMs;
      const last = channel.lastQueued;
      // The host's two calls for a closed connection become one operation.
      if (last instanceof SetOperation && last.id === id && channel.lastBatch !== undefined) {
        protocol.makeLastSetInactive(channel.lastBatch, deadline);
        return last.addSetInactive();
      }
      const operation = new PromisedOperation<void>(this.#report, () => {});
      protocol.appendSetInactive(channel.queue(operation), slot, id, deadline);
      return operation.promise;
    } catch (error) {
      return this.#rejected(error);
    }
  }

  /** Removes the session; `true` if there was one. Rejects like {@link setInactive}. */
  delete(id: string): Promise<boolean> {
    try {
      this.#assertUsable(id);
      this.#gets.beforeChange(id);
      const slot = this.#slotOfChanged(id);
      const operation = new PromisedOperation(this.#report, (result) => result !== protocol.NONE);
      protocol.appendDelete(this.#router.channelOf(slot).queue(operation), slot, id);
      return operation.promise;
    } catch (error) {
      return this.#rejected(error);
    }
  }

  /** Live sessions in all shards; those that expired within the last `purgeInterval` may be counted. */
  size(): Promise<number> {
    return this.#askAll(protocol.Op.SIZE, (sizes) =>
      sizes.reduce<number>((total, size) => total + Number(size), 0),
    );
  }

  /** Removes all sessions. */
  clear(): Promise<void> {
    this.#gets.detachAll();
    return this.#askAll(protocol.Op.CLEAR, () => {});
  }

  /** What the shards hold and have done. */
  stats(): Promise<ProviderStats> {
    const pending = this.#router.channels.map((channel) => channel.pending);
    return this.#askAll(protocol.Op.STATS, (reports) =>
      totalStats(
        reports.map((report, shard): ShardStats => {
          const counters = report as protocol.ShardReport;
          return { shard, ...counters, restarts: 0, pending: pending[shard] ?? 0 };
        }),
      ),
    );
  }

  /** Resolves when everything that was called before it has been acknowledged. */
  flush(): Promise<void> {
    return this.#askAll(protocol.Op.FLUSH, () => {});
  }

  /**
   * Flushes, for `requestTimeout` at most, then stops the shards. Operations called after it reject with
   * `ERR_CLOSED`. May be called again. A process need not call it to exit.
   */
  close(): Promise<void> {
    // In this order: the flush is the last operation that is let through.
    this.#closing ??= this.#stopAfter(this.flush());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #stopAfter(flushed: Promise<void>): Promise<void> {
    // All that was not acknowledged has failed by now; the flush has no more to say than that.
    await flushed.catch(this.#report);
    await this.#router.stop();
  }

  #startGet(id: string, get: Operation): void {
    const { clock } = this.#internals;
    if (!isSessionId(id)) {
      clock.nextTurn(() => get.succeed(protocol.NONE));
    } else if (this.#closing !== undefined) {
      clock.nextTurn(() => get.fail(closedError()));
    } else {
      const slot = this.#router.slotOf(id);
      const deadline = clock.now() + this.#settings.activeSessionLifetimeMs;
      protocol.appendGet(this.#router.channelOf(slot).queue(get), slot, id, deadline);
    }
  }

  /**
   * A socket may close while its `get` is under way. The host then restores the session onto the closed
   * connection and never speaks of it again, so what it would have said is said here.
   */
  #afterRestore(id: string, session: JstpSession): void {
    if (connectionState(session) !== 'closed' || this.#closing !== undefined) return;
    void this.set(id, session);
    void this.setInactive(id);
  }

  #amend({ id, valueHead, addition, messages }: Amendment): void {
    if (this.#closing !== undefined) throw closedError();
    this.#gets.addLateMessages(id, valueHead, messages);
    const slot = this.#router.slotOf(id);
    const batch = this.#router.channelOf(slot).queue(new UnawaitedOperation(this.#report));
    protocol.appendAmend(batch, slot, id, valueHead, addition);
  }

  /** From here on a `get` of `id` may have another answer than those under way. Tells the slot. */
  #slotOfChanged(id: string): number {
    this.#gets.detach(id);
    return this.#router.slotOf(id);
  }

  #assertUsable(id: string): void {
    if (this.#closing !== undefined) throw closedError();
    if (isSessionId(id)) return;
    throw new SessionStorageError(
      'ERR_INVALID_SESSION_ID',
      `expected a string of 1 to ${SESSION_ID_LENGTH_MAX} characters, got ${describe(id)}`,
    );
  }

  /** One operation on every shard; its value is made of all results, in the order of the shards. */
  #askAll<T>(op: protocol.ShardWideOp, combine: (results: protocol.Result[]) => T): Promise<T> {
    if (this.#closing !== undefined) return this.#rejected(closedError());
    this.#lateMessages.drain();
    const { channels } = this.#router;
    const gathering = new Gathering(this.#report, channels.length, combine);
    for (const [shard, channel] of channels.entries()) {
      protocol.appendShardWide(channel.queue(gathering.part(shard)), op);
    }
    return gathering.promise;
  }

  #rejected(error: unknown): Promise<never> {
    if (!(error instanceof SessionStorageError)) throw error;
    return rejected(error, this.#report);
  }
}

function isSessionId(id: unknown): id is string {
  return typeof id === 'string' && id.length > 0 && id.length <= SESSION_ID_LENGTH_MAX;
}

function closedError(): SessionStorageError {
  return new SessionStorageError('ERR_CLOSED', 'expected no operation after close()');
}

function internalsOf(options: ProviderOptions, settings: Settings): Internals {
  const given = (options as { [INTERNALS]?: Internals })[INTERNALS];
  if (given !== undefined) return given;
  const clockAnchor = readClockAnchor();
  return {
    clock: new SteadyClock(clockAnchor),
    starter: new ShardPool({ ...settings, clockAnchor }),
    seed: createSeed(),
  };
}
