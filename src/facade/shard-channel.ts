import type { Clock, ProcessHold } from '../clock.js';
import { SessionStorageError } from '../errors.js';
import type { ConnectionNotice } from '../notice.js';
import { type Batch, createBatch, createReceipt, type Reply } from '../protocol.js';
import { CoarseTimer } from './coarse-timer.js';
import { FlushSchedule } from './flush-schedule.js';
import type { InFlightBounds } from './in-flight-bounds.js';
import type { InFlightTotal } from './in-flight-total.js';
import type { ObservedPromise, ReportError } from './observed-promise.js';
import { type Operation, SetOperation } from './operations.js';
import { Outbox } from './outbox.js';
import { Overload } from './overload.js';
import { withoutPoison } from './poison.js';
import { PostedBatches } from './posted-batches.js';
import type { ShardPort } from './shard-port.js';

/** Less would take a garbage collection for an endless loop. */
const HUNG_MS_MIN = 1_000;
const NO_ANSWER = { code: 'ERR_TIMEOUT', reason: 'none' } as const;

export interface ShardChannelOptions {
  readonly shard: number;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  readonly bounds: InFlightBounds;
  /** Of all shards. */
  readonly total: InFlightTotal;
  readonly report: ReportError;
  /** The shard does not answer, or not what it was asked. `reason` is for people. */
  readonly onFault: (reason: string) => void;
}

/**
 * What one shard has been asked and has not answered: in order, bounded, with deadlines, and kept until
 * it is done, so that a successor of the shard can be asked again. A round trip between threads costs its
 * wake-up, whatever it carries, so operations travel together.
 */
export class ShardChannel {
  readonly #options: ShardChannelOptions;
  readonly #hold: ProcessHold;
  readonly #timer: CoarseTimer;
  readonly #outbox: Outbox;
  readonly #flushSchedule: FlushSchedule;
  readonly #posted = new PostedBatches();
  readonly #overload: Overload;
  #port: ShardPort | undefined;
  // Since when the shard has had something to do and said nothing.
  #silentSinceTick = 0;
  #unavailable: SessionStorageError | undefined;
  // What the shard has said of it last.
  #connection: ConnectionNotice | undefined;

  constructor(options: ShardChannelOptions) {
    const { clock, requestTimeoutMs, bounds, total } = options;
    this.#options = options;
    this.#hold = clock.createHold();
    this.#overload = new Overload(options);
    this.#timer = new CoarseTimer(clock, requestTimeoutMs, () => this.#onTick());
    this.#outbox = new Outbox({
      bounds,
      total,
      deadlineMs: () => clock.elapsed() + requestTimeoutMs,
    });
    this.#flushSchedule = new FlushSchedule({
      clock,
      requestTimeoutMs,
      open: () => this.#outbox.open,
      flush: () => this.#flush(),
    });
  }

  /** Operations that the shard has not acknowledged. */
  get pending(): number {
    return this.#outbox.operations;
  }

  /** The operation that was queued last, if its batch is still being filled. */
  get lastQueued(): Operation | undefined {
    return this.#outbox.open?.lastOperation;
  }

  /** That batch. */
  get lastBatch(): Batch | undefined {
    return this.#outbox.open?.message;
  }

  /**
   * Takes an operation; the caller appends what it asks for to the batch that is returned. `bytes`: of its
   * id and value. If it cannot be taken it fails, later, and what is appended goes nowhere.
   */
  queue(operation: Operation, bytes: number): Batch {
    const refusal = this.#refusal(bytes);
    return refusal === undefined ? this.#add(operation, bytes) : this.#refuse(operation, refusal);
  }

  /** The same for an operation on all sessions, of which a few more are let in. */
  queueShardWide(operation: Operation): Batch {
    const refusal =
      this.#unavailable ??
      (this.#outbox.isOverfull ? this.#overload.error(this.#outbox) : undefined);
    return refusal === undefined ? this.#add(operation, 0) : this.#refuse(operation, refusal);
  }

  /** Throws `ERR_OVERLOADED` or `ERR_SHARD_UNAVAILABLE` if an operation of so many bytes cannot be taken. */
  assertTakes(bytes: number): void {
    const refusal = this.#refusal(bytes);
    if (refusal !== undefined) throw refusal;
  }

  /** The same for a `set` of this id. */
  assertTakesSet(id: string): void {
    const refusal = this.#refusal(id.length);
    if (refusal === undefined) return;
    if (this.#unavailable !== undefined || !this.#outbox.hasSet(id)) throw refusal;
  }

  /**
   * The way for a `set` while too much is in flight: it takes the place of one of the same id that waits.
   * `undefined` if it can be queued; throws if neither can be.
   */
  divertSet(id: string, value: string, deadline: number): ObservedPromise<void> | undefined {
    const refusal = this.#refusal(id.length + value.length);
    if (refusal === undefined) return undefined;
    if (this.#unavailable !== undefined) throw refusal;
    const { report } = this.#options;
    const createOperation = () => new SetOperation(id, report);
    const replaced = this.#outbox.replaceSet(id, value, deadline, createOperation);
    if (replaced === undefined) throw refusal;
    return replaced;
  }

  /** The same for a `setInactive`: it joins a `set` of the same id that waits. Some more of them can be queued. */
  divertSetInactive(id: string, deadline: number): Promise<void> | undefined {
    const refusal = this.#refusal(id.length);
    if (refusal === undefined) return undefined;
    if (this.#unavailable !== undefined) throw refusal;
    const merged = this.#outbox.mergeSetInactive(id, deadline);
    if (merged === undefined && this.#outbox.isFullForInactive(id.length)) throw refusal;
    return merged;
  }

  /** To be called when `divertSetInactive` has not thrown. */
  queueSetInactive(operation: Operation, bytes: number): Batch {
    return this.#add(operation, bytes);
  }

  /** The shard serves: it is asked what its predecessor has not answered, and what came since. */
  attach(port: ShardPort): void {
    this.#port = port;
    this.#unavailable = undefined;
    this.#post();
  }

  /** The shard has ended. What it has not answered is kept, but for an operation that ends each shard. */
  detach(): void {
    this.#port = undefined;
    this.#connection = undefined;
    const unanswered = this.#posted.clear().map((batch) => this.#outbox.restOf(batch));
    for (const batch of unanswered) batch.posted = false;
    const [first, ...others] = unanswered;
    if (first === undefined) return;
    first.deaths++;
    this.#outbox.putBack([...withoutPoison(first, this.#outbox, this.#options), ...others]);
    this.#settleIdle();
  }

  /** The shard cannot be started, or is closed: all that waits fails, and so does what comes. */
  fail(error: SessionStorageError): void {
    this.#unavailable = error;
    this.#port = undefined;
    const batches = this.#posted.clear();
    for (const batch of batches) this.#outbox.settle(batch);
    batches.push(...this.#outbox.clear());
    this.#settleIdle();
    for (const batch of batches) batch.fail(error);
  }

  /** The shard is at work on what it was asked. */
  onBusy(): void {
    this.#silentSinceTick = this.#timer.tick;
  }

  /** The server that the shard needs to answer is away, or back. */
  onConnection(notice: ConnectionNotice): void {
    this.#connection = notice;
  }

  /** All that the shard has posted so far is read. */
  sendReceipt(): void {
    this.#port?.post(createReceipt());
  }

  /** Answers a batch, or a part of it. */
  receive(reply: Reply): void {
    const batch = this.#posted.answeredBy(reply);
    if (batch === undefined) {
      this.#options.onFault('it answered what it was not asked');
      return;
    }
    if (reply[0] < 0) {
      this.onBusy();
      batch.succeedPartly(reply);
      return;
    }
    this.#posted.remove(batch);
    this.#outbox.settle(batch);
    this.#silentSinceTick = this.#timer.tick;
    this.#post();
    this.#settleIdle();
    batch.succeed(reply);
  }

  #add(operation: Operation, bytes: number): Batch {
    const { open } = this.#outbox;
    if (open === undefined) {
      if (this.#outbox.operations === 0) this.#hold.acquire();
      this.#timer.run();
    }
    const batch = this.#outbox.add(operation, bytes);
    this.#flushSchedule.onAdded();
    // The one before is full: the shard need not wait for the end of the turn.
    if (open !== undefined && batch !== open.message) this.#post();
    return batch;
  }

  #refuse(operation: Operation, error: SessionStorageError): Batch {
    this.#options.clock.nextTurn(() => operation.fail(error));
    return createBatch(0);
  }

  #refusal(bytes: number): SessionStorageError | undefined {
    return (
      this.#unavailable ??
      (this.#outbox.isFull(bytes) ? this.#overload.error(this.#outbox) : undefined)
    );
  }

  #flush(): void {
    this.#outbox.closeBatch();
    this.#post();
  }

  #post(): void {
    const { postedOperationsMax, postedBytesMax } = this.#options.bounds;
    while (this.#port !== undefined) {
      const batch = this.#outbox.next;
      if (batch === undefined) return;
      const operations = this.#posted.operations + batch.operations.length;
      const bytes = this.#posted.bytes + batch.bytes;
      const fits = operations <= postedOperationsMax && bytes <= postedBytesMax;
      if (this.#posted.length === 0) this.#silentSinceTick = this.#timer.tick;
      else if (!fits) return;
      this.#outbox.takeNext();
      this.#posted.push(batch);
      this.#port.post(batch.message);
    }
  }

  #settleIdle(): void {
    if (this.#outbox.operations === 0) this.#hold.release();
  }

  #onTick(): void {
    if (this.#outbox.operations === 0) {
      this.#timer.stop();
      return;
    }
    const nowMs = this.#options.clock.elapsed();
    for (const batch of this.#posted) batch.failDue(nowMs, this.#timeout);
    for (const batch of this.#outbox) batch.failDue(nowMs, this.#timeout);
    const hungMs = Math.max(this.#options.requestTimeoutMs, HUNG_MS_MIN);
    const silentTicks = this.#timer.tick - this.#silentSinceTick;
    // One more, as the first one may have begun before there was anything to do.
    if (this.#posted.length > 0 && silentTicks > this.#timer.ticksOf(hungMs)) {
      this.#options.onFault(`it acknowledged nothing for ${hungMs} ms`);
    }
  }

  /** The batch stays in its place: it is applied when the shard answers again. */
  readonly #timeout = (): SessionStorageError => {
    const { shard, requestTimeoutMs } = this.#options;
    const expected = `expected an answer of shard ${shard} in requestTimeout = ${requestTimeoutMs} ms`;
    const why = this.#connection?.kind === 'reconnecting' ? this.#connection : NO_ANSWER;
    const detail = `${expected}, got ${why.reason}; the operation stays queued`;
    return new SessionStorageError(why.code, detail);
  };
}
