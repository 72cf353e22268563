import {
  BATCH_OPERATIONS_MAX,
  type Batch,
  growthOfSet,
  makeSetInactive,
  replaceSet,
} from '../protocol.js';
import { Fifo } from './fifo.js';
import { type InFlightBounds, OPERATION_BYTES } from './in-flight-bounds.js';
import type { InFlightTotal } from './in-flight-total.js';
import type { ObservedPromise } from './observed-promise.js';
import { type Operation, SetOperation } from './operations.js';
import { PendingBatch } from './pending-batch.js';
import { WaitingSets } from './waiting-sets.js';

const BATCH_BYTES_MAX = 4_194_304;
/** Sizes, stats, clears and flushes are let in although there is too much, as `close` needs one. */
const HEADROOM_OPERATIONS = 1_024;
/**
 * A `setInactive` is let in, too, up to these parts above the bounds: it is small, and without it a session whose
 * last `set` was refused would stay active for its whole lease, and could not be evicted.
 */
const INACTIVE_HEADROOM_OPERATIONS = 1 / 2;
const INACTIVE_HEADROOM_BYTES = 1 / 8;

export interface OutboxOptions {
  readonly bounds: InFlightBounds;
  /** Of all shards. */
  readonly total: InFlightTotal;
  /** When those who ask now are told that their time is over. */
  readonly deadlineMs: () => number;
}

/**
 * What a shard is to be asked and has not been posted yet, in order, and the account of all that is in
 * flight. The last batch may be open for more.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #total: InFlightTotal;
  readonly #waitingSets: WaitingSets;
  readonly #batches = new Fifo<PendingBatch>();
  #open: PendingBatch | undefined;
  #nextSequence = 1;
  #operations = 0;
  #bytes = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#total = options.total;
    this.#waitingSets = new WaitingSets(options.bounds.operationsMax);
  }

  /** Operations in flight: here, or posted and not answered. */
  get operations(): number {
    return this.#operations;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The batch that is being filled. */
  get open(): PendingBatch | undefined {
    return this.#open;
  }

  /** Whether so many bytes more in one operation would be too much. */
  isFull(bytes: number): boolean {
    const { operationsMax, bytesMax } = this.#options.bounds;
    if (!this.#total.hasRoom(this.#cost, bytes + OPERATION_BYTES)) return true;
    if (this.#operations === 0) return false;
    return this.#operations >= operationsMax || this.#bytes + bytes > bytesMax;
  }

  /** Whether even a `setInactive` of so many bytes would be too much. */
  isFullForInactive(bytes: number): boolean {
    const part = 1 + INACTIVE_HEADROOM_BYTES;
    if (!this.#total.hasHeadroom(bytes + OPERATION_BYTES, part)) return true;
    const bytesMax = this.#options.bounds.bytesMax * part;
    return this.#operations >= this.#inactiveOperationsMax || this.#bytes + bytes > bytesMax;
  }

  /** As the total counts it. */
  get #cost(): number {
    return this.#bytes + this.#operations * OPERATION_BYTES;
  }

  /** Whether even an operation on all sessions would be too much. */
  get isOverfull(): boolean {
    return this.#operations >= this.#inactiveOperationsMax + HEADROOM_OPERATIONS;
  }

  get #inactiveOperationsMax(): number {
    const { operationsMax } = this.#options.bounds;
    return operationsMax + Math.ceil(operationsMax * INACTIVE_HEADROOM_OPERATIONS);
  }

  /** Takes an operation; the caller appends what it asks for to the batch that is returned. */
  add(operation: Operation, bytes: number): Batch {
    let open = this.#open;
    if (
      open === undefined ||
      open.operations.length >= BATCH_OPERATIONS_MAX ||
      open.bytes >= BATCH_BYTES_MAX
    ) {
      open = new PendingBatch(this.nextSequence(), this.#options.deadlineMs());
      this.#open = open;
      this.#batches.push(open);
    }
    open.add(operation, bytes);
    this.#count(1, bytes);
    return open.message;
  }

  /** A `set` of this id waits that may be given another value. */
  hasSet(id: string): boolean {
    return this.#waitingSets.find(id, this.#batches) !== undefined;
  }

  /** Gives a `set` of this id that waits another value; what waits for it waits for that from then on. */
  replaceSet(
    id: string,
    value: string,
    deadline: number,
    createOperation: () => SetOperation,
  ): ObservedPromise<void> | undefined {
    const found = this.#waitingSets.find(id, this.#batches);
    if (found === undefined) return undefined;
    const { batch, headAt, index } = found;
    const growth = growthOfSet(batch.message, headAt, value);
    if (growth > 0 && !this.#canGrow(growth)) return undefined;
    replaceSet(batch.message, headAt, value, deadline);
    batch.bytes += growth;
    this.#count(0, growth);
    let operation = batch.operations[index];
    if (operation === undefined) {
      operation = createOperation();
      batch.renew(index, operation, this.#options.deadlineMs());
    }
    if (!(operation instanceof SetOperation)) return undefined;
    operation.keepActive();
    return operation.promise;
  }

  /** Lets a `set` of this id that waits also set the session inactive. */
  mergeSetInactive(id: string, deadline: number): Promise<void> | undefined {
    const found = this.#waitingSets.find(id, this.#batches);
    if (found === undefined || found.fetched) return undefined;
    const operation = found.batch.operations[found.index];
    if (!(operation instanceof SetOperation)) return undefined;
    makeSetInactive(found.batch.message, found.headAt, deadline);
    return operation.joinInactive();
  }

  /** The open batch is complete. */
  closeBatch(): void {
    this.#open?.restartDeadline(this.#options.deadlineMs());
    this.#open = undefined;
  }

  /** The oldest complete batch. */
  get next(): PendingBatch | undefined {
    const { first } = this.#batches;
    return first === this.#open ? undefined : first;
  }

  takeNext(): void {
    this.#batches.shift();
  }

  /** Batches to be posted again, before all others. */
  putBack(batches: Iterable<PendingBatch>): void {
    this.#batches.unshiftAll(batches);
    this.#waitingSets.forget();
  }

  /** The batch is no longer in flight. */
  settle(batch: PendingBatch): void {
    this.#count(-batch.operations.length, -batch.bytes);
  }

  /** What is still to be answered of a batch that its shard has answered in part. */
  restOf(batch: PendingBatch): PendingBatch {
    const rest = batch.withoutAnswered();
    this.#count(rest.operations.length - batch.operations.length, 0);
    return rest;
  }

  /** Gives up all that waits. */
  clear(): PendingBatch[] {
    const batches = [...this.#batches];
    this.#batches.clear();
    this.#open = undefined;
    this.#waitingSets.forget();
    for (const batch of batches) this.settle(batch);
    return batches;
  }

  nextSequence(): number {
    return this.#nextSequence++;
  }

  #canGrow(bytes: number): boolean {
    const isWithinShard = this.#bytes + bytes <= this.#options.bounds.bytesMax;
    return isWithinShard && this.#total.hasRoom(this.#cost, bytes);
  }

  #count(operations: number, bytes: number): void {
    this.#operations += operations;
    this.#bytes += bytes;
    this.#total.add(operations * OPERATION_BYTES + bytes);
  }

  [Symbol.iterator](): Iterator<PendingBatch> {
    return this.#batches[Symbol.iterator]();
  }
}
