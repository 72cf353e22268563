import assert from 'node:assert/strict';
import type { CancelTimer, Clock } from '../clock.js';
import { SessionStorageError } from '../errors.js';
import { type Batch, createBatch, type Reply } from '../protocol.js';
import type { Operation } from './operations.js';
import type { ShardPort } from './shard-port.js';

/** A batch and those who wait for it. Empty `operations` were told that they timed out. */
interface PendingBatch {
  readonly message: Batch;
  operations: Operation[];
  readonly deadlineMs: number;
}

export interface ShardChannelOptions {
  readonly shard: number;
  readonly port: ShardPort;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
}

/**
 * One shard's outbox, acknowledgements and deadlines. A round trip between threads costs its wake-up,
 * whatever it carries, so all operations of an event-loop turn travel in one message. The port keeps
 * their order, the shard applies and answers in that order; so batches and answers pair by position.
 */
export class ShardChannel {
  readonly #shard: number;
  readonly #port: ShardPort;
  readonly #clock: Clock;
  readonly #requestTimeoutMs: number;
  #nextSequence = 1;
  // The batch that this turn's operations go to.
  #open: PendingBatch | undefined;
  // Sent and not answered, oldest first. Their messages are kept until the shard has applied them.
  readonly #sent: PendingBatch[] = [];
  #cancelTimer: CancelTimer | undefined;
  #down: SessionStorageError | undefined;

  constructor({ shard, port, clock, requestTimeoutMs }: ShardChannelOptions) {
    this.#shard = shard;
    this.#port = port;
    this.#clock = clock;
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  /** Operations that the shard has not acknowledged. */
  get pending(): number {
    const sent = this.#sent.reduce((sum, { operations }) => sum + operations.length, 0);
    return sent + (this.#open?.operations.length ?? 0);
  }

  /** The operation that was queued last in this turn. */
  get lastQueued(): Operation | undefined {
    return this.#open?.operations.at(-1);
  }

  /** The batch of this turn, in which `lastQueued` is the last operation. */
  get lastBatch(): Batch | undefined {
    return this.#open?.message;
  }

  /** Takes an operation; the caller appends what it asks for to the batch that is returned. */
  queue(operation: Operation): Batch {
    const down = this.#down;
    if (down !== undefined) {
      this.#clock.nextTurn(() => operation.fail(down));
      return createBatch(0);
    }
    this.#open ??= this.#openBatch();
    this.#open.operations.push(operation);
    return this.#open.message;
  }

  /** Answers the oldest batch. */
  receive(reply: Reply): void {
    const batch = this.#sent.shift();
    assert(batch !== undefined && batch.message[0] === reply[0], 'shards answer in order');
    const { operations } = batch;
    assert(operations.length === 0 || operations.length === reply.length - 1, 'one result each');
    if (this.#sent.length === 0) this.#port.unref();
    for (const [i, operation] of operations.entries()) {
      const result = reply[i + 1];
      assert(result !== undefined, 'the lengths are equal');
      operation.succeed(result);
    }
  }

  /** The shard has ended: everything that waits fails, and so does all that comes. */
  fail(error: SessionStorageError): void {
    this.#down = error;
    this.#cancelTimer?.();
    const batches = this.#sent.splice(0);
    if (this.#open !== undefined) batches.push(this.#open);
    this.#open = undefined;
    this.#port.unref();
    for (const { operations } of batches) for (const operation of operations) operation.fail(error);
  }

  #openBatch(): PendingBatch {
    const deadlineMs = this.#clock.now() + this.#requestTimeoutMs;
    this.#clock.nextTurn(() => this.#flush());
    this.#cancelTimer ??= this.#startTimer(this.#requestTimeoutMs);
    return { message: createBatch(this.#nextSequence++), operations: [], deadlineMs };
  }

  #flush(): void {
    const batch = this.#open;
    if (batch === undefined) return;
    this.#open = undefined;
    if (this.#sent.length === 0) this.#port.ref();
    this.#sent.push(batch);
    this.#port.post(batch.message);
  }

  #startTimer(delayMs: number): CancelTimer {
    // A turn later, so that answers that came while this thread was busy are read first.
    return this.#clock.after(delayMs, () => this.#clock.nextTurn(() => this.#timeOut()));
  }

  /** All deadlines are equally far ahead, so they pass in the order of the batches. */
  #timeOut(): void {
    this.#cancelTimer = undefined;
    const nowMs = this.#clock.now();
    for (const batch of this.#sent) {
      if (batch.operations.length === 0) continue;
      if (batch.deadlineMs > nowMs) {
        this.#cancelTimer = this.#startTimer(batch.deadlineMs - nowMs);
        return;
      }
      this.#timeOutBatch(batch);
    }
    if (this.#open !== undefined) {
      this.#cancelTimer = this.#startTimer(Math.max(1, this.#open.deadlineMs - nowMs));
    }
  }

  /** The batch stays in its place: the shard may still apply it. */
  #timeOutBatch(batch: PendingBatch): void {
    const { operations } = batch;
    batch.operations = [];
    const error = new SessionStorageError(
      'ERR_TIMEOUT',
      `expected an answer of shard ${this.#shard} in requestTimeout = ${this.#requestTimeoutMs} ms, got none; the operation stays queued`,
    );
    for (const operation of operations) operation.fail(error);
  }
}
