import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IdIndex } from '../../src/shard/id-index.js';
import { IdKey } from '../../src/shard/id-key.js';

const SLOTS = 3;

/** Hashes that are chosen, so that ids meet: at the start, the end and in the middle of a table. */
const HASHES = [0, 1, -1, -2, 2 ** 31 - 1, -(2 ** 31), 123_456_789, 123_456_790];

class KeyOf extends IdKey {
  readonly entry: number;

  constructor(entry: number, hash: number) {
    super();
    this.entry = entry;
    this.hash = hash;
  }
}

class IndexModel {
  readonly #index: IdIndex;
  // The hash of each entry, by slot.
  readonly #slots = Array.from({ length: SLOTS }, () => new Map<number, number>());
  tableBytes = 0;
  memoryLeft = true;

  constructor() {
    const isEntryOf = (entry: number, key: IdKey) => (key as KeyOf).entry === entry;
    this.#index = new IdIndex(SLOTS, isEntryOf, (bytes) => {
      if (!this.memoryLeft) throw new RangeError('Array buffer allocation failed');
      this.tableBytes = bytes;
      return new ArrayBuffer(bytes);
    });
  }

  put(slot: number, entry: number, hash: number): void {
    const known = this.#slots[slot]?.has(entry);
    if (known) this.remove(slot, entry);
    else {
      this.#index.add(slot, hash, entry);
      this.#slots[slot]?.set(entry, hash);
    }
  }

  remove(slot: number, entry: number): void {
    const hash = this.#slots[slot]?.get(entry);
    if (hash === undefined) return;
    this.#index.remove(slot, hash, entry);
    this.#slots[slot]?.delete(entry);
  }

  clear(): void {
    this.#index.clear();
    for (const slot of this.#slots) slot.clear();
  }

  check(): void {
    for (const [slot, entries] of this.#slots.entries()) {
      for (const [entry, hash] of entries) {
        assert.equal(this.#index.find(slot, new KeyOf(entry, hash)), entry);
        assert.equal(this.#index.find(slot, new KeyOf(entry + 1_000_000, hash)), undefined);
      }
      for (const hash of HASHES) {
        assert.equal(this.#index.find(slot, new KeyOf(9_999_999, hash)), undefined);
      }
    }
  }
}

test('index agrees with a Map, whatever hashes meet and whatever is removed', () => {
  const hash = fc.oneof(fc.constantFrom(...HASHES), fc.integer());
  const step = fc.record({ slot: fc.nat(SLOTS - 1), entry: fc.nat(60), hash });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const model = new IndexModel();
      for (const { slot, entry, hash } of steps) model.put(slot, entry, hash);
      model.check();
      model.clear();
      model.check();
    }),
    { numRuns: 500 },
  );
});

test('index finds all while it grows, and while it shrinks again', () => {
  const model = new IndexModel();
  const hashOf = (entry: number) => Math.imul(entry, 0x9e3779b1);
  for (let entry = 0; entry < 5_000; entry++) model.put(1, entry, hashOf(entry));
  model.check();
  const grownBytes = model.tableBytes;
  assert(grownBytes <= (5_000 / (7 / 8)) * 1.5 * 8 + 8, `${grownBytes}`);
  for (let entry = 0; entry < 4_990; entry++) model.remove(1, entry);
  model.check();
  assert(model.tableBytes <= 32 * 8, `${model.tableBytes}`);
});

test('index without memory adds what fits into its table, and refuses the rest', () => {
  const model = new IndexModel();
  model.put(0, 0, 0);
  model.memoryLeft = false;
  for (let entry = 1; entry < 7; entry++) model.put(0, entry, entry);
  assert.throws(() => model.put(0, 7, 7), { name: 'RangeError' });
  assert.throws(() => model.put(1, 8, 8), { name: 'RangeError' });
  model.check();
  model.memoryLeft = true;
  model.put(0, 7, 7);
  model.check();
});

test('index whose table cannot be made smaller keeps it', () => {
  const model = new IndexModel();
  for (let entry = 0; entry < 100; entry++) model.put(0, entry, entry << 20);
  model.memoryLeft = false;
  for (let entry = 0; entry < 99; entry++) model.remove(0, entry);
  model.check();
});
