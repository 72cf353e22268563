import { isSet, Op, placesIn } from '../protocol.js';
import type { Fifo } from './fifo.js';
import type { PendingBatch } from './pending-batch.js';

/** Where a `set` waits that may still be given another value. */
export interface WaitingSet {
  readonly batch: PendingBatch;
  readonly headAt: number;
  /** Which of the batch's operations it is. */
  readonly index: number;
  /** A `get` comes after it, which will make the session active. */
  fetched: boolean;
}

/**
 * Finds the `set` of an id among the batches that wait to be posted, if nothing after it would see
 * that it takes another value. Only asked for when a shard has too much in flight, so it reads what
 * waits only then, each operation once.
 */
export class WaitingSets {
  readonly #sizeMax: number;
  readonly #byId = new Map<string, WaitingSet>();
  // How far the batches have been read.
  #batch: PendingBatch | undefined;
  #nextAt = 1;
  #nextIndex = 0;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  /** `waiting`: all batches that wait; each call has the same ones, less at the front. */
  find(id: string, waiting: Fifo<PendingBatch>): WaitingSet | undefined {
    this.#read(waiting);
    const found = this.#byId.get(id);
    if (found === undefined || !found.batch.posted) return found;
    this.#byId.delete(id);
    return undefined;
  }

  /** To be called when other batches wait than before. */
  forget(): void {
    this.#byId.clear();
    this.#batch = undefined;
  }

  #read(waiting: Fifo<PendingBatch>): void {
    // What was posted is still in the Map; reading anew drops it.
    if (this.#byId.size > this.#sizeMax) this.forget();
    const unread: PendingBatch[] = [];
    let known = false;
    for (const batch of waiting.backwards()) {
      unread.push(batch);
      known = batch === this.#batch;
      if (known) break;
    }
    if (!known) this.forget();
    for (const batch of unread.reverse()) {
      if (batch !== this.#batch) this.#start(batch);
      this.#readBatch(batch);
    }
  }

  #start(batch: PendingBatch): void {
    this.#batch = batch;
    this.#nextAt = 1;
    this.#nextIndex = 0;
  }

  #readBatch(batch: PendingBatch): void {
    for (const { headAt, op, id } of placesIn(batch.message, this.#nextAt)) {
      const index = this.#nextIndex++;
      if (op === Op.CLEAR) this.#byId.clear();
      if (id === undefined) continue;
      if (isSet(op)) this.#byId.set(id, { batch, headAt, index, fetched: false });
      else this.#noteLater(op, id);
    }
    this.#nextAt = batch.message.length;
  }

  /** A get that waits may see a later value; an amendment belongs to the old value alone. */
  #noteLater(op: Op, id: string): void {
    const set = this.#byId.get(id);
    if (set === undefined || op === Op.AMEND) return;
    if (op === Op.GET) set.fetched = true;
    else this.#byId.delete(id);
  }
}
