import assert from 'node:assert/strict';
import { SessionStorageError } from '../errors.js';
import {
  type Batch,
  createBatch,
  dropValue,
  NONE,
  PENDING,
  type Reply,
  resultAt,
  splitBatch,
} from '../protocol.js';
import type { Operation } from './operations.js';

/** A message to a shard, and those who wait for its answer. */
export class PendingBatch {
  readonly message: Batch;
  /** One for each operation of the message; `undefined`: it was told that its time is over. */
  readonly operations: (Operation | undefined)[];
  /** On the clock that never jumps: when those who wait are told that their time is over. */
  #deadlineMs: number;
  // Of those who came to wait after the others were told.
  #renewedDeadlinesMs: Map<number, number> | undefined;
  /** Of ids and values. */
  bytes = 0;
  /** It has left for the shard, so its message must not change any more. */
  posted = false;
  /** Workers in a row that ended while this was the oldest batch they had not answered. */
  deaths = 0;
  #waiting = 0;
  // Places of operations that were answered before the others.
  #answered: Set<number> | undefined;

  constructor(sequence: number, deadlineMs: number) {
    this.message = createBatch(sequence);
    this.operations = [];
    this.#deadlineMs = deadlineMs;
  }

  /** Anybody waits for it. */
  get awaited(): boolean {
    return this.#waiting > 0;
  }

  /** Anybody waits for the answer now. */
  get urgent(): boolean {
    return this.operations.some((operation) => operation?.urgent !== false);
  }

  get lastOperation(): Operation | undefined {
    return this.operations.at(-1);
  }

  /** To be called when the last operation has been added, which is some time after the first. */
  restartDeadline(deadlineMs: number): void {
    this.#deadlineMs = deadlineMs;
  }

  add(operation: Operation, bytes: number): void {
    this.operations.push(operation);
    this.bytes += bytes;
    this.#waiting++;
  }

  /** Somebody waits again for an operation whose waiter was told that its time is over. */
  renew(index: number, operation: Operation, deadlineMs: number): void {
    assert(this.operations[index] === undefined, 'nobody waits for it');
    this.operations[index] = operation;
    this.#waiting++;
    this.#renew(index, deadlineMs);
  }

  #renew(index: number, deadlineMs: number): void {
    this.#renewedDeadlinesMs ??= new Map();
    this.#renewedDeadlinesMs.set(index, deadlineMs);
  }

  /** In whole or in part. */
  isAnsweredBy(reply: Reply): boolean {
    const sequence = Math.abs(reply[0]);
    return sequence === this.message[0] && reply.length === resultAt(this.operations.length);
  }

  /** Answers all operations, but those that were answered before. */
  succeed(reply: Reply): void {
    for (let i = 0; i < this.operations.length; i++) this.#answer(this.operations[i], i, reply);
  }

  /** Answers the operations that the reply has results for. */
  succeedPartly(reply: Reply): void {
    this.#answered ??= new Set();
    for (let i = 0; i < this.operations.length; i++) {
      if (reply[resultAt(i)] === PENDING || this.#answered.has(i)) continue;
      this.#answered.add(i);
      const operation = this.operations[i];
      this.operations[i] = undefined;
      if (operation !== undefined) this.#waiting--;
      this.#answer(operation, i, reply);
    }
  }

  /** Those operations that were not answered yet; itself if none was. */
  withoutAnswered(): PendingBatch {
    const answered = this.#answered;
    if (answered === undefined) return this;
    const sequence = this.message[0];
    assert(typeof sequence === 'number', 'a batch begins with its sequence');
    const rest = new PendingBatch(sequence, this.#deadlineMs);
    for (const [i, [, ...parts]] of splitBatch(this.message, () => sequence).entries()) {
      if (answered.has(i)) continue;
      rest.message.push(...parts);
      const index = rest.operations.push(this.operations[i]) - 1;
      const deadlineMs = this.#renewedDeadlinesMs?.get(i);
      if (deadlineMs !== undefined) rest.#renew(index, deadlineMs);
    }
    rest.#waiting = this.#waiting;
    rest.bytes = this.bytes;
    rest.deaths = this.deaths;
    return rest;
  }

  /** Those who wait have failed; the batch may still be applied. */
  fail(error: SessionStorageError): void {
    const operations = this.operations.slice();
    for (const [i, operation] of operations.entries()) {
      if (operation?.heedsLateAnswer !== true) this.operations[i] = undefined;
    }
    this.#waiting = 0;
    for (const operation of operations) operation?.fail(error);
  }

  /** Fails those whose time is over. */
  failDue(nowMs: number, createError: () => SessionStorageError): void {
    if (this.#waiting === 0) return;
    if (this.#renewedDeadlinesMs === undefined) {
      if (nowMs >= this.#deadlineMs) this.fail(createError());
      return;
    }
    for (const [index, deadlineMs] of this.#renewedDeadlinesMs) {
      if (nowMs < deadlineMs) continue;
      this.#renewedDeadlinesMs.delete(index);
      const operation = this.operations[index];
      this.operations[index] = undefined;
      this.#waiting--;
      operation?.fail(createError());
    }
  }

  #answer(operation: Operation | undefined, index: number, reply: Reply): void {
    const result = reply[resultAt(index)];
    assert(result !== undefined, 'isAnsweredBy has looked at the length');
    if (typeof result !== 'object') {
      operation?.succeed(result);
      return;
    }
    const error = new SessionStorageError(result.code, result.detail);
    if (result.isInactive !== true || operation?.refuseValue === undefined) operation?.fail(error);
    else operation.refuseValue(error).succeed(NONE);
  }

  /**
   * Refuses the value of its only operation; what is left makes the session inactive. False for any operation that
   * is not such a `set`.
   */
  refuseValue(error: SessionStorageError): boolean {
    if (!dropValue(this.message)) return false;
    this.operations[0] = this.operations[0]?.refuseValue?.(error);
    return true;
  }

  /** Each operation in a batch of its own, in order. */
  split(nextSequence: () => number): PendingBatch[] {
    const bytesEach = Math.floor(this.bytes / this.operations.length);
    return splitBatch(this.message, nextSequence).map((message, i) => {
      const [sequence, ...parts] = message;
      assert(typeof sequence === 'number', 'a batch begins with its sequence');
      const deadlineMs = this.#renewedDeadlinesMs?.get(i) ?? this.#deadlineMs;
      const single = new PendingBatch(sequence, deadlineMs);
      single.message.push(...parts);
      single.operations.push(this.operations[i]);
      single.#waiting = this.operations[i] === undefined ? 0 : 1;
      // Only their sum is known, and must stay.
      single.bytes = i > 0 ? bytesEach : this.bytes - bytesEach * (this.operations.length - 1);
      return single;
    });
  }
}
