import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EvictionQueue } from '../../src/shard/eviction-queue.js';

const ENTRIES = 40;
const TEN_YEARS_MS = 10 * 365 * 86_400_000;

/** A queue beside a plain Map of deadlines. */
class QueueModel {
  readonly deadlines = new Map<number, number>();
  readonly #queue: EvictionQueue;

  constructor() {
    this.#queue = new EvictionQueue((entry) => this.deadlines.get(entry) ?? Number.NaN);
    for (let entry = 0; entry < ENTRIES; entry++) this.#queue.reach(entry);
  }

  put(entry: number, deadlineMs: number): void {
    this.remove(entry);
    this.deadlines.set(entry, deadlineMs);
    this.#queue.add(entry);
  }

  remove(entry: number): void {
    assert.equal(this.#queue.has(entry), this.deadlines.has(entry));
    if (this.deadlines.has(entry)) this.#queue.remove(entry);
    this.deadlines.delete(entry);
  }

  takeEarliest(): number | undefined {
    this.check();
    const entry = this.#queue.earliest();
    if (entry !== undefined) this.remove(entry);
    return entry;
  }

  clear(): void {
    this.#queue.clear();
    this.deadlines.clear();
    for (let entry = 0; entry < ENTRIES; entry++) this.#queue.reach(entry);
  }

  check(): void {
    assert.equal(this.#queue.size, this.deadlines.size);
    const entry = this.#queue.earliest();
    if (entry === undefined) assert.equal(this.deadlines.size, 0);
    else assert.equal(this.deadlines.get(entry), Math.min(...this.deadlines.values()));
  }

  checkEnd(): void {
    while (this.deadlines.size > 0) this.takeEarliest();
    this.check();
  }
}

test('queue gives entries that come in order first in, first out', () => {
  const model = new QueueModel();
  for (const entry of [3, 1, 2]) model.put(entry, 1_000);
  model.put(0, 1_001);
  assert.deepEqual(
    [0, 1, 2, 3].map(() => model.takeEarliest()),
    [3, 1, 2, 0],
  );
  assert.equal(model.takeEarliest(), undefined);
});

test('queue takes the first, middle and last of its entries out', () => {
  for (const gone of [0, 1, 2]) {
    const model = new QueueModel();
    for (const entry of [0, 1, 2]) model.put(entry, entry);
    model.remove(gone);
    model.put(3, 3);
    assert.deepEqual(
      [model.takeEarliest(), model.takeEarliest(), model.takeEarliest(), model.takeEarliest()],
      [0, 1, 2, 3, undefined].filter((entry) => entry !== gone),
    );
  }
});

for (const [order, deadlineOf] of [
  ['falling', (entry: number) => -entry],
  ['rising and falling', (entry: number) => (entry % 2 === 0 ? entry : -entry)],
  ['equal', () => 7],
  ['with one far ahead', (entry: number) => (entry === 0 ? TEN_YEARS_MS : entry)],
] as const) {
  test(`queue of deadlines that come ${order} gives the earliest first`, () => {
    const model = new QueueModel();
    for (let round = 0; round < 2; round++) {
      for (let entry = 0; entry < ENTRIES; entry++) model.put(entry, deadlineOf(entry));
      if (round === 0) model.clear();
      model.check();
    }
    model.checkEnd();
  });
}

type Step =
  | { kind: 'put'; entry: number; inMs: number }
  | { kind: 'remove'; entry: number }
  | { kind: 'pass'; ms: number }
  | { kind: 'take' | 'clear' };

const anyEntry = fc.nat(ENTRIES - 1);
const anyLifetimeMs = fc.oneof(
  fc.constant(1),
  fc.constant(86_400_000),
  fc.nat(5),
  fc.nat(100_000),
  fc.nat(TEN_YEARS_MS),
);
const anyPassMs = fc.oneof(fc.nat(3), fc.nat(100_000), fc.integer({ min: -TEN_YEARS_MS, max: 0 }));
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      entry: anyEntry,
      inMs: anyLifetimeMs,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), entry: anyEntry }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: anyPassMs }) },
  { weight: 6, arbitrary: fc.constant({ kind: 'take' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
);

test('queue agrees with a list of deadlines, whatever the lifetimes and the clock', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 200 }), (steps) => {
      const model = new QueueModel();
      let nowMs = Date.UTC(2026, 0, 1);
      for (const step of steps) {
        if (step.kind === 'put') model.put(step.entry, nowMs + step.inMs);
        if (step.kind === 'remove') model.remove(step.entry);
        if (step.kind === 'pass') nowMs += step.ms;
        if (step.kind === 'take') model.takeEarliest();
        if (step.kind === 'clear') model.clear();
        model.check();
      }
      model.checkEnd();
    }),
    { numRuns: 2_000 },
  );
});
