import type { Reply } from '../protocol.js';
import { Fifo } from './fifo.js';
import type { PendingBatch } from './pending-batch.js';

/** What a shard was asked and has not completely answered, in order. */
export class PostedBatches {
  readonly #batches = new Fifo<PendingBatch>();
  #operations = 0;
  #bytes = 0;

  get length(): number {
    return this.#batches.length;
  }

  get operations(): number {
    return this.#operations;
  }

  /** Of ids and values. */
  get bytes(): number {
    return this.#bytes;
  }

  push(batch: PendingBatch): void {
    this.#batches.push(batch);
    this.#operations += batch.operations.length;
    this.#bytes += batch.bytes;
    batch.posted = true;
  }

  /** The batch that a reply answers, in whole or in part: the oldest, unless that one takes its time. */
  answeredBy(reply: Reply): PendingBatch | undefined {
    const { first } = this.#batches;
    if (first?.isAnsweredBy(reply) === true) return first;
    for (const batch of this.#batches) if (batch.isAnsweredBy(reply)) return batch;
    return undefined;
  }

  remove(batch: PendingBatch): void {
    this.#batches.remove(batch);
    this.#operations -= batch.operations.length;
    this.#bytes -= batch.bytes;
  }

  /** Gives all of them. */
  clear(): PendingBatch[] {
    const batches = [...this.#batches];
    this.#batches.clear();
    this.#operations = 0;
    this.#bytes = 0;
    return batches;
  }

  [Symbol.iterator](): Iterator<PendingBatch> {
    return this.#batches[Symbol.iterator]();
  }
}
