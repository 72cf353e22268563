import { EventEmitter } from 'node:events';
import { describeType, SessionStorageError } from './errors.js';
import { Closing, closedError } from './facade/closing.js';
import { ErrorReporter } from './facade/error-reporter.js';
import { EventPublisher } from './facade/event-publisher.js';
import { type Amendment, LateMessageWatch } from './facade/late-messages.js';
import { observe, Refusals, type ReportError } from './facade/observed-promise.js';
import { type GetCallback, type PendingGet, PendingGets } from './facade/pending-gets.js';
import { ShardOperations } from './facade/shard-operations.js';
import { ShardRouter } from './facade/shard-router.js';
import { createCodec, holdErrorsOf, type Internals, internalsOf } from './internals.js';
import { connectionState, findMessageParser, type JstpSession } from './jstp-session.js';
import { unpackLoopTimes } from './loop-times.js';
import { type ProviderOptions, readOptions } from './options.js';
import { readProcessResources } from './process-resources.js';
import * as protocol from './protocol.js';
import type { ProviderEvents } from './provider-events.js';
import type { ProviderStats } from './provider-stats.js';
import type { SessionCodec } from './session-codec.js';
import { SESSION_ID_LENGTH_MAX, slotOfHash } from './slots.js';

/**
 * Session storage for JSTP servers that keeps the sessions on worker threads. Pass it as
 * `sessionStorageProvider` to `createServer`, or as the `sessionsStorage` of an Application.
 *
 * All operations on one id take effect in the order of the calls; only when too much is in flight may a
 * `set` take the place of an earlier one, and be seen by a `get` between the two calls. Promises reject with a
 * `SessionStorageError`; a failure that nobody waits for becomes an `'error'` event and never an
 * unhandled rejection.
 */
export class ShardedSessionStorageProvider extends EventEmitter<ProviderEvents> {
  /** Every shard serves. Operations may be called before it. Rejects if a shard cannot start. */
  readonly ready: Promise<void>;
  readonly #internals: Internals;
  readonly #report: ReportError;
  readonly #codec: SessionCodec;
  readonly #router: ShardRouter;
  readonly #operations: ShardOperations;
  readonly #publisher: EventPublisher;
  readonly #gets: PendingGets;
  readonly #lateMessages: LateMessageWatch;
  readonly #closing: Closing;
  readonly #refusals: Refusals;

  /** Throws `ERR_INVALID_OPTION`, `ERR_REDIS_CLIENT` or `ERR_BUNDLED`. Starts the shards' worker threads. */
  constructor(options: ProviderOptions = {}) {
    super();
    const resources = readProcessResources();
    const settings = readOptions(options, resources);
    const reporter = new ErrorReporter(this, holdErrorsOf(options));
    const { report } = reporter;
    this.#internals = internalsOf(options, settings, resources, report);
    this.#report = report;
    this.#refusals = new Refusals(report);
    this.#codec = createCodec(settings, this.#internals);
    this.#gets = new PendingGets({
      codec: this.#codec,
      parseMessage: findMessageParser(settings.Session),
      outage: settings.outage,
      report,
      start: (id, get) => this.#startGet(id, get),
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
    this.#publisher = new EventPublisher(this);
    this.#router = new ShardRouter({
      ...settings,
      ...this.#internals,
      seed: this.#internals.opening.seed,
      report,
      onUp: (shard) => {
        this.#internals.opening.setServing(shard, true);
        this.#publisher.publish('shardUp', { shard });
      },
      onDown: (shard, reason, sessions) => {
        this.#internals.opening.setServing(shard, false);
        this.#publisher.publish('shardDown', { shard, reason, sessions });
      },
      onCounted: (shard, growth) => this.#publisher.publishCounts(shard, growth),
      onRefused: () => this.#internals.opening.close(),
      onConnection: (shard, notice) => this.#publisher.publishConnection(shard, notice),
      onDisk: (shard, notice) => {
        if (notice.kind === 'recovered') this.#internals.opening.onRecovered();
        this.#publisher.publishDisk(shard, notice);
      },
    });
    this.#operations = new ShardOperations({
      ...settings,
      ...this.#internals,
      router: this.#router,
      report,
    });
    this.#closing = new Closing({
      ...settings,
      ...this.#internals,
      report,
      hasServed: () => this.#router.hasServed,
      sync: () => {
        this.#lateMessages.drain();
        return this.#operations.syncEach();
      },
      stopShards: (error) => this.#router.stop(error),
      closeStore: () => this.#internals.opening.close(),
      flushErrors: reporter.flush,
    });
    this.ready = this.#router.ready;
    this.#internals.opening.prepare(
      () => this.#router.start(),
      (error) => void this.#router.refuse(error),
    );
  }

  /** Tells the host that `get` answers by callback. */
  isAsync(): true {
    return true;
  }

  /**
   * The session with that id, which becomes active; or `undefined` if there is none, it has expired or
   * `id` is not a valid id. Rejects like {@link setInactive}.
   */
  get(id: string): Promise<JstpSession | undefined>;
  /** The same by callback, called once, later; on failure see the option `outage`. */
  get(id: string, callback: GetCallback): void;
  // biome-ignore lint/suspicious/noConfusingVoidType: two forms, as the host defines them
  get(id: string, callback?: GetCallback): Promise<JstpSession | undefined> | void {
    const hash = isSessionId(id) ? this.#router.hashOf(id) : undefined;
    if (typeof callback !== 'function') return this.#gets.addPromise(hash, id);
    this.#gets.add(hash, id, callback);
    return undefined;
  }

  /**
   * Stores the session as it is now, and each message that the host buffers for it once its connection
   * has closed. The session becomes active. Resolves when its shard has it. Rejects with
   * `ERR_INVALID_SESSION_ID`, `ERR_SESSION_NOT_SERIALIZABLE`, `ERR_SESSION_TOO_LARGE` or `ERR_STORE_FULL`,
   * and what was stored before stays; with `ERR_TIMEOUT`, and the outcome is unknown; and like
   * {@link setInactive}.
   */
  set(id: string, session: JstpSession): Promise<void> {
    try {
      this.#assertUsable(id);
      const hash = this.#router.hashOf(id);
      const slot = slotOfHash(hash);
      this.#operations.assertTakesSet(slot, id);
      this.#gets.beforeChange(hash, id);
      const nowMs = this.#internals.clock.now();
      const value = this.#codec.encode(id, session, this.#internals.clock.wall());
      const stored = this.#operations.set(slot, id, value, nowMs);
      this.#lateMessages.watch(id, session, value);
      this.#gets.detach(hash, id);
      return stored;
    } catch (error) {
      return this.#refusals.add(error);
    }
  }

  /**
   * Marks the session as inactive: it expires `inactiveSessionLifetime` from now. An unknown id is no
   * error. What is stored becomes inactive also if the `set` before it is refused. Rejects with `ERR_INVALID_SESSION_ID`; with `ERR_TIMEOUT`, and it may still be done; with
   * `ERR_OVERLOADED`, `ERR_SHARD_UNAVAILABLE`, `ERR_POISONOUS_OPERATION` or `ERR_CLOSED`.
   */
  setInactive(id: string): Promise<void> {
    try {
      return this.#operations.setInactive(this.#beforeChange(id), id);
    } catch (error) {
      return this.#refusals.add(error);
    }
  }

  /** Removes the session; `true` if there was one. Rejects like {@link setInactive}. */
  delete(id: string): Promise<boolean> {
    try {
      const slot = this.#beforeChange(id);
      const calledMs = this.#codec.timeOfChange(id, this.#internals.clock.wall());
      return this.#operations.delete(slot, id, calledMs);
    } catch (error) {
      return this.#refusals.add(error);
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

  /**
   * What the shards hold and have done. Does not fail because a shard does: it then says what it knows of
   * it. Also told on the diagnostics channel `jstp-sharded-sessions:stats`. Rejects with `ERR_CLOSED`.
   */
  stats(): Promise<ProviderStats> {
    if (this.#closing.hasBegun) return this.#refusals.add(closedError());
    return observe(this.#collectStats(), this.#report);
  }

  /** Resolves when everything that was called before it has been acknowledged. */
  flush(): Promise<void> {
    return this.#askAll(protocol.Op.FLUSH, () => {});
  }

  /**
   * Ends the provider: waits for what the host still has to store, makes everything durable, and stops the shards,
   * all within `requestTimeout` and a quarter of it. `get` and operations on all sessions are refused at once, with
   * `ERR_CLOSED`; `set`, `setInactive` and `delete` as soon as a few turns of the event loop have brought none.
   * Rejects with `ERR_JOURNAL_WRITE` if a journal's disk has not taken everything, and with
   * `ERR_JOURNAL_UNAVAILABLE` if the journal's lock could not be released; the shards are stopped all the same.
   * May be called again, and gives the same promise. A process need not call it to exit.
   */
  close(): Promise<void> {
    return this.#closing.begin();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #startGet(id: string, get: PendingGet): void {
    const { clock } = this.#internals;
    if (!isSessionId(id)) {
      clock.nextTurn(() => get.succeed(protocol.NONE));
    } else if (this.#closing.hasBegun) {
      clock.nextTurn(() => get.fail(closedError()));
    } else {
      this.#operations.get(slotOfHash(get.hash), id, get);
    }
  }

  /**
   * A socket may close while its `get` is under way. The host then restores the session onto the closed
   * connection and never speaks of it again, so what it would have said is said here.
   */
  #afterRestore(id: string, session: JstpSession): void {
    if (connectionState(session) !== 'closed' || this.#closing.refusesChanges) return;
    void this.set(id, session);
    void this.setInactive(id);
  }

  #amend(amendment: Amendment): void {
    this.#closing.assertTakesChange();
    this.#operations.amend(amendment);
    this.#gets.addLateMessages(this.#router.hashOf(amendment.id), amendment);
  }

  /** Gives the slot. */
  #beforeChange(id: string): number {
    this.#assertUsable(id);
    const hash = this.#router.hashOf(id);
    this.#gets.beforeChange(hash, id);
    this.#gets.detach(hash, id);
    return slotOfHash(hash);
  }

  #assertUsable(id: string): void {
    this.#closing.assertTakesChange();
    if (isSessionId(id)) return;
    throw new SessionStorageError(
      'ERR_INVALID_SESSION_ID',
      `expected a string of 1 to ${SESSION_ID_LENGTH_MAX} characters, got ${describeType(id)}`,
    );
  }

  #askAll<T>(op: protocol.ShardWideOp, combine: (results: protocol.Result[]) => T): Promise<T> {
    if (this.#closing.hasBegun) return this.#refusals.add(closedError());
    this.#lateMessages.drain();
    return this.#operations.askAll(op, combine);
  }

  async #collectStats(): Promise<ProviderStats> {
    const loops = await this.#operations.askEach(protocol.Op.STATS, (shard, result) =>
      this.#router.updateLoop(shard, unpackLoopTimes(result)),
    );
    const stats = this.#router.stats(
      loops.map((loop) => (loop === undefined ? 0 : unpackLoopTimes(loop).utilization)),
    );
    this.#publisher.publishStats(stats);
    return stats;
  }
}

function isSessionId(id: unknown): id is string {
  return typeof id === 'string' && id.length > 0 && id.length <= SESSION_ID_LENGTH_MAX;
}
