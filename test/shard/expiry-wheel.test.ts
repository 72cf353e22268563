import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExpiryWheel, isExpired } from '../../src/shard/expiry-wheel.js';

const TICK_MS = 100;
const START_MS = 1_000_000;

interface TestWheel {
  readonly wheel: ExpiryWheel;
  readonly expired: number[];
}

function createWheel(tickMs = TICK_MS, startMs = START_MS): TestWheel {
  const expired: number[] = [];
  const wheel = new ExpiryWheel(tickMs, startMs, (entry) => expired.push(entry));
  return { wheel, expired };
}

/** Advances until nothing is left to do, a few entries at a time. */
function advanceFully(wheel: ExpiryWheel, nowMs: number, visitsMax = 1_000): void {
  for (let i = 0; wheel.advance(nowMs, visitsMax) === 0; i++) {
    assert(i < 100_000, 'the wheel comes to an end');
  }
}

test('isExpired from the deadline on', () => {
  assert.equal(isExpired(1_000, 999), false);
  assert.equal(isExpired(1_000, 1_000), true);
  assert.equal(isExpired(1_000, 1_001), true);
});

test('advance to the tick before a deadline keeps the entry, to the tick after it calls back', () => {
  const { wheel, expired } = createWheel();
  wheel.schedule(0, START_MS + 250);
  advanceFully(wheel, START_MS + 299);
  assert.deepEqual(expired, []);
  advanceFully(wheel, START_MS + 300);
  assert.deepEqual(expired, [0]);
});

test('advance at a deadline that is on a tick calls back at that tick', () => {
  const { wheel, expired } = createWheel();
  wheel.schedule(0, START_MS + 300);
  advanceFully(wheel, START_MS + 299);
  assert.deepEqual(expired, []);
  advanceFully(wheel, START_MS + 300);
  assert.deepEqual(expired, [0]);
});

test('schedule with a deadline that has passed calls back at the next tick', () => {
  const { wheel, expired } = createWheel();
  advanceFully(wheel, START_MS + 10_000);
  wheel.schedule(0, START_MS - 5_000);
  wheel.schedule(1, START_MS + 10_000);
  advanceFully(wheel, START_MS + 10_099);
  assert.deepEqual(expired, []);
  advanceFully(wheel, START_MS + 10_100);
  assert.deepEqual(expired.sort(), [0, 1]);
});

const DISTANCES_MS = [
  1,
  63 * TICK_MS,
  64 * TICK_MS,
  65 * TICK_MS,
  4_096 * TICK_MS,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 31 + 1,
  2 ** 32,
  // Beyond what the levels of a wheel with this tick reach: 64^6 ticks.
  64 ** 6 * TICK_MS,
  64 ** 6 * TICK_MS * 3 + 1,
];
for (const distanceMs of DISTANCES_MS) {
  test(`deadline ${distanceMs} ms ahead: not a tick early, not a tick late`, () => {
    const { wheel, expired } = createWheel();
    const deadlineMs = START_MS + distanceMs;
    wheel.schedule(0, deadlineMs);
    advanceFully(wheel, deadlineMs - 1);
    assert.deepEqual(expired, []);
    advanceFully(wheel, deadlineMs + TICK_MS);
    assert.deepEqual(expired, [0]);
  });
}

test('reschedule to later keeps the entry past its old deadline', () => {
  const { wheel, expired } = createWheel();
  wheel.schedule(0, START_MS + 1_000);
  wheel.reschedule(0, START_MS + 900_000);
  assert.equal(wheel.deadlineOf(0), START_MS + 900_000);
  advanceFully(wheel, START_MS + 899_999);
  assert.deepEqual(expired, []);
  advanceFully(wheel, START_MS + 900_000);
  assert.deepEqual(expired, [0]);
});

test('reschedule to earlier calls back at the new deadline', () => {
  const { wheel, expired } = createWheel();
  wheel.schedule(0, START_MS + 900_000);
  wheel.reschedule(0, START_MS + 1_000);
  advanceFully(wheel, START_MS + 1_000);
  assert.deepEqual(expired, [0]);
});

test('deschedule of the first, middle and last of a bucket leaves the others', () => {
  for (const gone of [0, 1, 2]) {
    const { wheel, expired } = createWheel();
    for (const entry of [0, 1, 2]) wheel.schedule(entry, START_MS + 1_000);
    wheel.deschedule(gone);
    advanceFully(wheel, START_MS + 1_000);
    assert.deepEqual(
      expired.sort(),
      [0, 1, 2].filter((entry) => entry !== gone),
    );
  }
});

test('clear forgets all, and the wheel is used on', () => {
  const { wheel, expired } = createWheel();
  for (let entry = 0; entry < 100; entry++) wheel.schedule(entry, START_MS + entry * 1_000);
  wheel.advance(START_MS + 50_000, 10);
  wheel.clear();
  wheel.schedule(7, START_MS + 60_000);
  expired.length = 0;
  advanceFully(wheel, START_MS + 200_000);
  assert.deepEqual(expired, [7]);
});

test('advance looks at no more entries than it may, and says when it is done', () => {
  const { wheel, expired } = createWheel();
  for (let entry = 0; entry < 100; entry++) wheel.schedule(entry, START_MS + 1_000);
  assert.equal(wheel.advance(START_MS + 1_000, 30), 0);
  assert.equal(expired.length, 30);
  assert.equal(wheel.advance(START_MS + 1_000, 30), 0);
  assert.equal(wheel.advance(START_MS + 1_000, 60), 20);
  assert.equal(expired.length, 100);
});

test('entries that are due but not looked at yet may be taken out and moved', () => {
  const { wheel, expired } = createWheel();
  for (let entry = 0; entry < 10; entry++) wheel.schedule(entry, START_MS + 1_000);
  wheel.advance(START_MS + 1_000, 2);
  const waiting = Array.from({ length: 10 }, (_, entry) => entry).filter(
    (entry) => !expired.includes(entry),
  );
  const [gone = -1, moved = -1] = waiting;
  wheel.deschedule(gone);
  wheel.reschedule(moved, START_MS + 5_000);
  advanceFully(wheel, START_MS + 4_999);
  assert.equal(expired.length, 8);
  assert(!expired.includes(gone) && !expired.includes(moved));
  advanceFully(wheel, START_MS + 5_000);
  assert(expired.includes(moved));
});

test('a callback may schedule its entry anew and take others out', () => {
  const calls: number[] = [];
  const wheel = new ExpiryWheel(TICK_MS, START_MS, (entry) => {
    calls.push(entry);
    if (calls.length < 4) wheel.schedule(entry, START_MS + calls.length * 1_000);
    if (calls.length === 1) wheel.deschedule(1 - entry);
  });
  wheel.schedule(0, START_MS + 500);
  wheel.schedule(1, START_MS + 500);
  advanceFully(wheel, START_MS + 60_000);
  const [first] = calls;
  assert.deepEqual(calls, [first, first, first, first]);
});

test('a leap forward over years costs no more looks than there are entries', () => {
  const { wheel, expired } = createWheel();
  wheel.schedule(0, START_MS + 1_000);
  wheel.schedule(1, START_MS + 86_400_000);
  const left = wheel.advance(START_MS + 50 * 365 * 86_400_000, 1_000);
  assert.deepEqual(expired, [0, 1]);
  assert(left > 980, `${1_000 - left} looks`);
});

test('a clock that went back before the start of the wheel does not stop it', () => {
  const { wheel, expired } = createWheel();
  const backMs = START_MS - 900_000;
  wheel.schedule(0, START_MS + 1_000);
  advanceFully(wheel, backMs);
  wheel.schedule(1, backMs + 500);
  advanceFully(wheel, backMs + 500);
  assert.deepEqual(expired, [1]);
  advanceFully(wheel, START_MS + 1_000);
  assert.deepEqual(expired, [1, 0]);
});

test('what is scheduled when the clock has just gone back is found in time', () => {
  const { wheel, expired } = createWheel();
  advanceFully(wheel, START_MS + 900_000);
  wheel.turnBack(START_MS + 5_000);
  wheel.schedule(0, START_MS + 6_000);
  wheel.turnBack(START_MS + 800_000);
  advanceFully(wheel, START_MS + 5_900);
  assert.deepEqual(expired, []);
  advanceFully(wheel, START_MS + 6_000);
  assert.deepEqual(expired, [0]);
});

test('msToNextTick is more than 0 and ends on a tick, before the start as well', () => {
  const { wheel } = createWheel();
  assert.equal(wheel.msToNextTick(START_MS), 100);
  assert.equal(wheel.msToNextTick(START_MS + 1), 99);
  assert.equal(wheel.msToNextTick(START_MS + 99), 1);
  assert.equal(wheel.msToNextTick(START_MS - 1), 1);
  assert.equal(wheel.msToNextTick(START_MS - 100), 100);
  assert.equal(wheel.msToNextTick(START_MS - 101), 1);
});

type Step =
  | { kind: 'set'; entry: number; inMs: number }
  | { kind: 'remove'; entry: number }
  | { kind: 'pass'; ms: number }
  | { kind: 'jump'; ms: number };

const entryNumber = fc.nat(40);
const anyMs = fc.oneof(fc.nat(500), fc.nat(100_000), fc.nat(30 * 86_400_000), fc.nat(2 ** 45));
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('set' as const), entry: entryNumber, inMs: anyMs }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), entry: entryNumber }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: anyMs }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('jump' as const),
      ms: anyMs.chain((ms) => fc.constantFrom(ms, -ms)),
    }),
  },
);

/** A wheel and a plain list of deadlines, which must agree. */
class WheelModel {
  readonly deadlines = new Map<number, number>();
  readonly #tickMs: number;
  readonly #wheel: ExpiryWheel;
  #nowMs: number;

  constructor(tickMs: number, startMs: number) {
    this.#tickMs = tickMs;
    this.#nowMs = startMs;
    this.#wheel = new ExpiryWheel(tickMs, startMs, (entry) => {
      const deadlineMs = this.deadlines.get(entry);
      assert(deadlineMs !== undefined, 'only entries that are in the wheel expire');
      assert(deadlineMs <= this.#nowMs, 'no entry expires early');
      this.deadlines.delete(entry);
    });
  }

  apply(step: Step, visitsMax: number): void {
    if (step.kind === 'set') this.#set(step.entry, this.#nowMs + step.inMs);
    if (step.kind === 'remove') this.#remove(step.entry);
    if (step.kind === 'pass') this.#pass(step.ms, visitsMax);
    if (step.kind === 'jump') this.#nowMs += step.ms;
  }

  #set(entry: number, deadlineMs: number): void {
    this.#wheel.turnBack(this.#nowMs);
    if (this.deadlines.has(entry)) this.#wheel.reschedule(entry, deadlineMs);
    else this.#wheel.schedule(entry, deadlineMs);
    this.deadlines.set(entry, deadlineMs);
  }

  #remove(entry: number): void {
    if (this.deadlines.delete(entry)) this.#wheel.deschedule(entry);
  }

  #pass(ms: number, visitsMax: number): void {
    this.#nowMs += ms;
    advanceFully(this.#wheel, this.#nowMs, visitsMax);
    for (const [entry, deadlineMs] of this.deadlines) {
      assert(deadlineMs + this.#tickMs > this.#nowMs, `entry ${entry} is freed within a tick`);
    }
  }
}

for (const tickMs of [1, 7, 1_000]) {
  test(`wheel with a tick of ${tickMs} ms agrees with a list of deadlines, whatever the clock does`, () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 120 }),
        fc.integer({ min: 1, max: 9 }),
        (steps, visitsMax) => {
          const model = new WheelModel(tickMs, START_MS);
          for (const step of steps) model.apply(step, visitsMax);
        },
      ),
      { numRuns: 1_000 },
    );
  });
}
