import assert from 'node:assert/strict';
import type { Batch } from './protocol.js';

/** Reads a batch from front to back and asserts that each part is what its place demands. */
export class BatchReader {
  readonly #batch: Batch;
  #at = 0;

  constructor(message: unknown) {
    assert(Array.isArray(message), 'a batch is an array');
    this.#batch = message;
  }

  get done(): boolean {
    return this.#at >= this.#batch.length;
  }

  number(): number {
    const part = this.#batch[this.#at++];
    assert(typeof part === 'number', `a number at ${this.#at - 1} of the batch`);
    return part;
  }

  string(): string {
    const part = this.#batch[this.#at++];
    assert(typeof part === 'string', `a string at ${this.#at - 1} of the batch`);
    return part;
  }
}
