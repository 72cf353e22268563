import type { SessionStore } from '../../src/shard/session-store.js';

const FAR_MS = Number.MAX_SAFE_INTEGER;

/**
 * What a store says that sessions cost. That is its own measure and no promise, so it is asked: with one
 * session in it, which tells nothing of how it keeps account of many.
 */
export class ByteCosts {
  readonly #store: SessionStore;
  readonly #known = new Map<string, number>();

  /** `store`: one of its own, and empty. */
  constructor(store: SessionStore) {
    this.#store = store;
  }

  ofSession(id: string, valueLength: number): number {
    return this.#look(`${id} ${valueLength}`, () => {
      this.#store.set(0, id, 'x'.repeat(valueLength), FAR_MS);
      const bytes = this.#bytes();
      this.#store.delete(0, id);
      return bytes;
    });
  }

  ofAddition(valueLength: number, additionLength: number): number {
    return this.#look(`+ ${valueLength} ${additionLength}`, () => {
      this.#store.set(0, 'id', 'x'.repeat(valueLength), FAR_MS);
      const before = this.#bytes();
      this.#store.amend(0, 'id', '', 'x'.repeat(additionLength));
      const after = this.#bytes();
      this.#store.delete(0, 'id');
      return after - before;
    });
  }

  #bytes(): number {
    return this.#store.counts().bytes;
  }

  #look(key: string, measure: () => number): number {
    let cost = this.#known.get(key);
    if (cost === undefined) {
      cost = measure();
      this.#known.set(key, cost);
    }
    return cost;
  }
}
