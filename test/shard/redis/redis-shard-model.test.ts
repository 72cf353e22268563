import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createReceipt, NONE, PENDING } from '../../../src/protocol.js';
import { HEAD_BYTES } from '../../../src/session-codec.js';
import { NotTogetherError } from '../../../src/shard/redis/script-results.js';
import { errorReply } from '../../twins/fake-redis.js';
import { drainMicrotasks } from '../../twins/test-provider.js';
import { type Fill, setUp, storedValue } from './redis-shard-set-up.js';

const IDS = ['a', 'b', 'cc'];
const STEPS_TO_END_MAX = 500;
const STEP_MS = 1_000;
const LONG_MS = 10_000_000;

const operation = fc.record({
  kind: fc.constantFrom('get', 'get', 'set', 'set', 'set inactive', 'amend', 'delete', 'touch'),
  id: fc.constantFrom(...IDS),
});
const calls = fc.integer({ min: 1, max: 3 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.array(operation, { minLength: 1, maxLength: 5 }) },
  { weight: 3, arbitrary: calls.map((count) => ({ kind: 'answer', count })) },
  { weight: 1, arbitrary: calls.map((count) => ({ kind: 'refuse', count })) },
  { weight: 1, arbitrary: calls.map((count) => ({ kind: 'move', count })) },
  { weight: 1, arbitrary: calls.map((count) => ({ kind: 'move some', count })) },
  { weight: 1, arbitrary: calls.map((count) => ({ kind: 'lose replies', count })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'lose connection', count: 0 }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reconnect', count: 0 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 1).map((count) => ({ kind: 'refuse writes', count })),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 40 }).map((count) => ({ kind: 'wait', count })),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What operations on each id give if they are done in the order of their calls, each once. */
class Model {
  readonly stored = new Map<string, string>();
  readonly #heads = new Map<string, string>();
  #stamp = 0;

  /** What to ask for, and what the results may be. */
  applyBatch(operations: readonly Operation[], shard: ReturnType<typeof setUp>) {
    const fills: Fill[] = [];
    const allowed: unknown[][] = [];
    for (const [i, operation] of operations.entries()) {
      const [fill, results] = this.#apply(operation, shard);
      fills.push(fill);
      allowed.push(results);
      // If the reply is lost, what stands before it in the call is asked for again, and is not behind it then.
      for (const [j, { kind, id }] of operations.slice(0, i).entries()) {
        if (kind === 'get' && id === operation.id) allowed[j]?.push(this.stored.get(id) ?? NONE);
        if (kind === 'delete' && id === operation.id) allowed[j]?.push(1, NONE);
      }
    }
    return { fills, allowed };
  }

  #apply({ kind, id }: Operation, shard: ReturnType<typeof setUp>): [Fill, unknown[]] {
    const before = this.stored.get(id);
    switch (kind) {
      case 'get':
        return [shard.get(id), [before ?? NONE]];
      case 'set':
      case 'set inactive': {
        const value = storedValue(++this.#stamp);
        this.stored.set(id, value);
        this.#heads.set(id, value.slice(0, HEAD_BYTES));
        const isInactive = kind === 'set inactive';
        const fill = isInactive ? shard.setInactiveValue(id, value, LONG_MS) : shard.set(id, value);
        return [fill, [NONE]];
      }
      case 'amend': {
        const head = this.#heads.get(id) ?? storedValue(255);
        const addition = `+${++this.#stamp}`;
        if (before?.startsWith(head)) this.stored.set(id, before + addition);
        return [shard.amend(id, head, addition), [NONE]];
      }
      case 'delete':
        this.stored.delete(id);
        // Done twice if the first reply is lost.
        return [shard.delete(id), before === undefined ? [NONE] : [1, NONE]];
      default:
        return [shard.setInactive(id, LONG_MS), [NONE]];
    }
  }
}

const MISCONF = errorReply('MISCONF it cannot write');

const isElsewhere = (key: string) =>
  key.endsWith('a') ? new NotTogetherError('not here') : undefined;

/** Lets happen to the server what a step says. */
function act(shard: ReturnType<typeof setUp>, { kind, count }: Exclude<Step, unknown[]>): void {
  const { redis, clock } = shard;
  if (kind === 'answer') redis.answer(count);
  else if (kind === 'refuse') redis.answer(count, errorReply('LOADING it is'));
  else if (kind === 'move') redis.answer(count, new NotTogetherError('it is moving'));
  else if (kind === 'move some') redis.answer(count, isElsewhere);
  else if (kind === 'lose replies') redis.loseReplies(count);
  else if (kind === 'reconnect') redis.beReady();
  else if (kind === 'refuse writes') redis.writeRefusal = count > 0 ? MISCONF : undefined;
  else if (kind === 'wait') clock.advance(count);
  else {
    redis.loseReplies();
    redis.beLost('closed');
  }
}

/** By sequence, each result as it was told first. */
function firstResults(shard: ReturnType<typeof setUp>): Map<number, unknown[]> {
  const told = new Map<number, unknown[]>();
  for (const [sequence, results] of shard.replies()) {
    const first = told.get(Math.abs(sequence)) ?? [];
    for (const [i, result] of results.entries()) {
      if (result !== PENDING && !(i in first)) first[i] = result;
    }
    told.set(Math.abs(sequence), first);
  }
  return told;
}

/** The facade reads what was posted, and says so where it is asked to. */
function readReplies(shard: ReturnType<typeof setUp>, read: number): number {
  const wanted = shard.notices().filter(({ kind }) => kind === 'receiptWanted').length;
  for (let i = read; i < wanted; i++) shard.served.receive(createReceipt());
  return wanted;
}

const UNBOUNDED = Number.POSITIVE_INFINITY;

for (const { groups, replyBytesMax, callsMax } of [
  { groups: 1, replyBytesMax: UNBOUNDED, callsMax: UNBOUNDED },
  { groups: 2, replyBytesMax: UNBOUNDED, callsMax: UNBOUNDED },
  // Two values.
  { groups: 1, replyBytesMax: 15, callsMax: 2 },
  { groups: 2, replyBytesMax: 15, callsMax: 1 },
]) {
  const bounds = `${groups} groups of keys, ${replyBytesMax} bytes in a reply, ${callsMax} calls`;
  test(`whatever is lost: operations on an id take effect in order, each once; ${bounds}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'medium' }), async (steps) => {
        const shard = setUp({ replyBytesMax, callsMax });
        shard.redis.replyBytesMax = replyBytesMax;
        shard.redis.groupOf = (key) => `${key.length % groups}`;
        shard.redis.hold();
        const model = new Model();
        const expected = new Map<number, unknown[][]>();
        let read = 0;
        for (const one of steps) {
          if (Array.isArray(one)) {
            const { fills, allowed } = model.applyBatch(one, shard);
            expected.set(shard.ask(...fills), allowed);
          } else act(shard, one);
          await drainMicrotasks();
          read = readReplies(shard, read);
        }
        shard.redis.beReady();
        shard.redis.writeRefusal = undefined;
        const isDone = () => shard.replies().filter(([sequence]) => sequence > 0).length;
        for (let i = 0; isDone() < expected.size && i < STEPS_TO_END_MAX; i++) {
          shard.redis.answer();
          await drainMicrotasks();
          read = readReplies(shard, read);
          shard.clock.advance(STEP_MS);
        }
        const told = firstResults(shard);
        for (const [sequence, allowed] of expected) {
          const results = told.get(sequence) ?? [];
          assert.equal(results.length, allowed.length);
          for (const [i, result] of results.entries()) {
            assert(allowed[i]?.includes(result), `${sequence}.${i}: ${result} of ${allowed[i]}`);
          }
        }
        const stored = [...shard.redis.stored].map(([key, { value }]) => [key.slice(2), value]);
        assert.deepEqual(new Map(stored as [string, string][]), model.stored);
      }),
      { numRuns: 500 },
    );
  });
}
