import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NONE, PENDING } from '../../../src/protocol.js';
import { ScriptOp } from '../../../src/shard/redis/script.js';
import { errorReply } from '../../twins/fake-redis.js';
import { drainMicrotasks } from '../../twins/test-provider.js';
import { DAY_MS, setUp, storedValue } from './redis-shard-set-up.js';

/** Replies that are bounded, of a server that refuses what it is asked for. */

const MISCONF = errorReply('MISCONF');
const OOM = 'OOM command not allowed';

/** A shard whose server has the values under `a`, `b` and `c`. */
async function setUpStored(options: Parameters<typeof setUp>[0] = {}) {
  const shard = setUp(options);
  const { ask, set, redis, clock } = shard;
  const values = [1, 2, 3].map((stamp) => storedValue(stamp, 'x'.repeat(10)));
  ask(...['a', 'b', 'c'].map((id, i) => set(id, values[i] as string)));
  await drainMicrotasks();
  redis.asked.length = 0;
  const passRetry = async () => {
    clock.advance(300);
    await drainMicrotasks();
  };
  const lifetimeMs = (id: string) => (redis.stored.get(`p:${id}`)?.expiresMs ?? 0) - clock.now();
  return { ...shard, values, passRetry, lifetimeMs, last: () => shard.replies().at(-1) };
}

/** Each result as it was told first. */
function resultsOf(replies: readonly [number, unknown[]][], sequence: number): unknown[] {
  const found: unknown[] = [];
  for (const [told, results] of replies) {
    if (Math.abs(told) !== sequence) continue;
    for (const [i, result] of results.entries()) if (result !== PENDING) found[i] ??= result;
  }
  return found;
}

test('writes refused: the values that are given, and why they are not renewed, fill a reply; in order', async () => {
  const { ask, redis, get, set, values, replies, passRetry } = await setUpStored();
  const [, second, third] = values;
  const next = storedValue(9);
  redis.writeRefusal = MISCONF;
  redis.replyBytesMax = 2 * (19 + MISCONF.message.length);
  const sequence = ask(set('a', next), get('b'), get('c'), get('a'));
  await drainMicrotasks();
  assert.deepEqual(redis.asked, [
    ['p:a', 'p:b', 'p:c', 'p:a'],
    ['p:a', 'p:a'],
  ]);
  redis.writeRefusal = undefined;
  await passRetry();
  await passRetry();
  assert.deepEqual(resultsOf(replies(), sequence), [NONE, second, third, next]);
});

test('a reply that is full of what cannot be answered yet is not asked for again before a while has passed', async () => {
  const { ask, redis, get, set, replies, values, clock } = await setUpStored();
  redis.replyBytesMax = 10;
  const isDenied = (_: string, op: ScriptOp) =>
    op === ScriptOp.SET ? errorReply('NOPERM no set') : undefined;
  for (let i = 0; i < 50; i++) redis.failNext(isDenied);
  const next = storedValue(9);
  const sequence = ask(set('a', next), get('a'), get('b'));
  await drainMicrotasks();
  assert.equal(redis.asked.length, 1);
  for (let i = 0; i < 50; i++) {
    clock.advance(300);
    await drainMicrotasks();
  }
  assert.deepEqual(resultsOf(replies(), sequence), [NONE, next, values[1]]);
});

test('a get behind a set that waits: is asked for through the gate, and once only if the set is done by then', async () => {
  const { ask, redis, get, set, setInactive, lifetimeMs, clock } = await setUpStored({
    callsMax: 1,
  });
  redis.writeRefusal = MISCONF;
  ask(set('a', storedValue(9)));
  await drainMicrotasks();
  redis.hold();
  ask(get('b'));
  // The set is tried again, and waits for the only call that may be made; the get of it waits behind that, and another.
  clock.advance(300);
  await drainMicrotasks();
  ask(get('c'));
  ask(get('a'));
  ask(setInactive('a', 60_000));
  await drainMicrotasks();
  assert.deepEqual(redis.asked, [['p:a'], ['p:b']]);
  redis.writeRefusal = undefined;
  for (let i = 0; i < 10; i++) {
    redis.answer();
    await drainMicrotasks();
  }
  assert.deepEqual(redis.asked, [['p:a'], ['p:b'], ['p:a'], ['p:c'], ['p:a'], ['p:a']]);
  assert.equal(lifetimeMs('a'), 60_000);
});

test('values given in place of those in Redis fill the replies of the shard', async () => {
  const { ask, redis, get, set, posted, replies } = await setUpStored({ replyBytesMax: 30 });
  redis.writeRefusal = MISCONF;
  const ids = Array.from({ length: 6 }, (_, i) => `new-${i}`);
  const values = ids.map((_, i) => storedValue(100 + i, 'y'.repeat(10)));
  posted.length = 0;
  ask(...ids.map((id, i) => set(id, values[i] as string)), ...ids.map((id) => get(id)));
  await drainMicrotasks();
  const told = replies().map(([, results]) =>
    results.filter((result) => result !== PENDING && result !== NONE),
  );
  assert.deepEqual(told.flat(), values);
  assert(
    told.every(({ length }) => length <= 2),
    `${told.map(({ length }) => length)}`,
  );
});

test('what waits for its call: a deadline becomes a lifetime when the call is made', async () => {
  const { ask, redis, get, set, setInactive, lifetimeMs, clock } = await setUpStored({
    callsMax: 1,
  });
  redis.hold();
  ask(get('b'));
  ask(setInactive('a', 60_000));
  ask(set('d', storedValue(9)));
  await drainMicrotasks();
  clock.jump(10_000);
  for (let i = 0; i < 3; i++) {
    redis.answer();
    await drainMicrotasks();
  }
  assert.equal(lifetimeMs('a'), 50_000);
  assert.equal(lifetimeMs('d'), DAY_MS - 10_000);
});

test('set that makes inactive, while no writes are taken: waits, and a get behind it gives it and makes it active', async () => {
  const { ask, redis, get, setInactiveValue, lifetimeMs, replies, last, passRetry } =
    await setUpStored();
  redis.writeRefusal = MISCONF;
  const next = storedValue(9);
  const waiting = ask(setInactiveValue('a', next, 60_000));
  await drainMicrotasks();
  const sequence = ask(get('a'));
  await drainMicrotasks();
  assert.deepEqual(last(), [sequence, [next]]);
  assert(!replies().some(([told]) => Math.abs(told) === waiting));
  redis.writeRefusal = undefined;
  for (let i = 0; i < 3; i++) await passRetry();
  assert.deepEqual(last(), [waiting, [NONE]]);
  assert.equal(redis.stored.get('p:a')?.value, next);
  assert(lifetimeMs('a') > DAY_MS / 2);
});

test('no memory: a lease is renewed, and a set that makes inactive neither lengthens nor ends a tombstone', async () => {
  const {
    ask,
    redis,
    get,
    setInactiveValue,
    delete: remove,
    lifetimeMs,
    last,
    passRetry,
    ...shard
  } = await setUpStored();
  ask(shard.setInactive('b', 60_000), remove('a'));
  await drainMicrotasks();
  redis.writeRefusal = MISCONF;
  ask(get('b'));
  await drainMicrotasks();
  redis.writeRefusal = undefined;
  redis.refusal = OOM;
  await passRetry();
  assert(lifetimeMs('b') > DAY_MS / 2);
  const tombstone = redis.tombstones.get('p:a');
  assert(tombstone !== undefined);
  const sequence = ask(setInactiveValue('a', storedValue(9), 10 * DAY_MS), get('a'), remove('a'));
  await drainMicrotasks();
  const failure = {
    code: 'ERR_REDIS_OOM',
    detail: `expected a reply that is no error, got: ${OOM}`,
  };
  assert.deepEqual(last(), [sequence, [{ ...failure, isInactive: true }, NONE, NONE]]);
  assert.deepEqual(redis.tombstones.get('p:a'), tombstone);
});
