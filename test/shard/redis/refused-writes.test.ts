import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NONE } from '../../../src/protocol.js';
import { HEAD_BYTES } from '../../../src/session-stamp.js';
import { errorReply } from '../../twins/fake-redis.js';
import { drainMicrotasks } from '../../twins/test-provider.js';
import { DAY_MS, setUp, storedValue } from './redis-shard-set-up.js';

const REFUSAL = errorReply('MISCONF Redis is configured to save RDB snapshots');
const RENEWALS_MAX = 16_384;

/** A shard whose server has one session that runs out in a minute, and takes no writes. */
async function setUpRefusing() {
  const shard = setUp();
  const { ask, redis, clock, set, setInactive } = shard;
  ask(set('a', storedValue(1)), setInactive('a', 60_000));
  await drainMicrotasks();
  redis.writeRefusal = REFUSAL;
  /** Time passes until what failed is tried again. */
  const passRetry = async () => {
    await drainMicrotasks();
    clock.advance(300);
    await drainMicrotasks();
  };
  const lifetimeMs = (id: string) => (redis.stored.get(`p:${id}`)?.expiresMs ?? 0) - clock.now();
  const kinds = () => shard.notices().map(({ kind }) => kind);
  const last = () => shard.replies().at(-1);
  return { ...shard, passRetry, lifetimeMs, kinds, last };
}

test('server takes no writes: a get is answered, and it is told', async () => {
  const { ask, get, last, notices } = await setUpRefusing();
  const sequence = ask(get('a'), get('unknown'));
  await drainMicrotasks();
  assert.deepEqual(last(), [sequence, [storedValue(1), NONE]]);
  assert.deepEqual(notices().at(-1), {
    kind: 'reconnecting',
    code: 'ERR_REDIS_UNAVAILABLE',
    reason: `expected a server that takes writes, got: ${REFUSAL.message}`,
  });
});

test('server takes writes again: the lease of what was got meanwhile is renewed, then it is told', async () => {
  const { ask, get, redis, passRetry, lifetimeMs, kinds } = await setUpRefusing();
  ask(get('a'));
  await drainMicrotasks();
  await passRetry();
  assert.equal(lifetimeMs('a'), 60_000 - 300);
  assert.deepEqual(kinds(), ['ready', 'connected', 'reconnecting']);
  redis.writeRefusal = undefined;
  await passRetry();
  assert.equal(lifetimeMs('a'), DAY_MS - 600);
  assert.deepEqual(kinds(), ['ready', 'connected', 'reconnecting', 'connected']);
});

test('renewal: not made when the session was set inactive since, here', async () => {
  const { ask, get, setInactive, redis, passRetry, lifetimeMs } = await setUpRefusing();
  ask(get('a'));
  await drainMicrotasks();
  redis.writeRefusal = undefined;
  ask(setInactive('a', 5_000));
  await passRetry();
  assert.equal(lifetimeMs('a'), 5_000 - 300);
});

test('renewal: not made when another server has set the session since', async () => {
  const { ask, get, redis, clock, passRetry, lifetimeMs } = await setUpRefusing();
  ask(get('a'));
  await drainMicrotasks();
  redis.writeRefusal = undefined;
  redis.stored.set('p:a', { value: storedValue(2), expiresMs: clock.now() + 7_000 });
  await passRetry();
  assert.equal(lifetimeMs('a'), 7_000 - 300);
});

test('renewal: left out when its lease has ended, and does not end the session', async () => {
  const { ask, get, redis, clock, passRetry, kinds, lifetimeMs } = await setUpRefusing();
  redis.stored.set('p:a', { value: storedValue(1), expiresMs: clock.now() + 9 * DAY_MS });
  ask(get('a'));
  await drainMicrotasks();
  clock.jump(DAY_MS);
  redis.writeRefusal = undefined;
  await passRetry();
  assert.equal(lifetimeMs('a'), 8 * DAY_MS - 300);
  assert.equal(kinds().at(-1), 'connected');
});

test('renewals: the oldest are left out above a limit, and one call has 256', async () => {
  const { ask, get, redis, clock, passRetry } = await setUpRefusing();
  const ids = Array.from({ length: RENEWALS_MAX + 2 }, (_, i) => `id-${i}`);
  const expiresMs = clock.now() + 60_000;
  for (const id of ids) redis.stored.set(`p:${id}`, { value: storedValue(1), expiresMs });
  ask(...ids.map((id) => get(id)));
  await drainMicrotasks();
  redis.writeRefusal = undefined;
  redis.asked.length = 0;
  await passRetry();
  const renewed = ids.filter((id) => redis.stored.get(`p:${id}`)?.expiresMs !== expiresMs);
  assert.deepEqual(renewed, ids.slice(2));
  assert.equal(redis.asked.length, RENEWALS_MAX / 256);
});

test('renewals: while writes are refused one call is made for each attempt', async () => {
  const { ask, get, redis, passRetry } = await setUpRefusing();
  const value = storedValue(1);
  const ids = Array.from({ length: 2_000 }, (_, i) => `id-${i}`);
  for (const id of ids) redis.stored.set(`p:${id}`, { value, expiresMs: 2 ** 52 });
  ask(...ids.map((id) => get(id)));
  await drainMicrotasks();
  redis.asked.length = 0;
  await passRetry();
  assert.equal(redis.asked.length, 1);
});

test('a get behind a set that waits gives what was set, with what was added to it', async () => {
  const { ask, get, set, amend, delete: remove, last, redis, passRetry } = await setUpRefusing();
  const value = storedValue(2, 'two');
  const head = value.slice(0, HEAD_BYTES);
  ask(set('a', value), get('a'), amend('a', head, '+'), get('a'));
  await drainMicrotasks();
  let sequence = ask(get('a'));
  await drainMicrotasks();
  assert.deepEqual(last(), [sequence, [`${value}+`]]);
  ask(remove('a'));
  sequence = ask(get('a'));
  await drainMicrotasks();
  assert.deepEqual(last(), [sequence, [NONE]]);
  ask(set('a', storedValue(3)));
  sequence = ask(get('a'));
  await drainMicrotasks();
  assert.deepEqual(last(), [sequence, [storedValue(3)]]);
  redis.writeRefusal = undefined;
  for (let i = 0; i < 5; i++) await passRetry();
  assert.equal(redis.stored.get('p:a')?.value, storedValue(3));
});

test('a get behind a set that waits gives what another server has set later', async () => {
  const { ask, get, set, last, redis, clock } = await setUpRefusing();
  ask(set('a', storedValue(2)));
  redis.stored.set('p:a', { value: storedValue(9), expiresMs: clock.now() + DAY_MS });
  const sequence = ask(get('a'));
  await drainMicrotasks();
  assert.deepEqual(last(), [sequence, [storedValue(9)]]);
});

test('a get that came before the writes were refused is answered as well', async () => {
  const { ask, get, set, replies, redis } = await setUpRefusing();
  redis.hold();
  ask(set('a', storedValue(2)));
  const sequence = ask(get('a'));
  for (let i = 0; i < 2; i++) {
    redis.answer();
    await drainMicrotasks();
  }
  assert.deepEqual(replies().at(-1), [sequence, [storedValue(2)]]);
});

test('what is added behind a set that waits waits with it', async () => {
  const { ask, set, amend, redis, replies, passRetry } = await setUpRefusing();
  const value = storedValue(2, 'two');
  const sequence = ask(set('a', value), amend('a', value.slice(0, HEAD_BYTES), '+'));
  await passRetry();
  assert(replies().every(([told]) => told !== sequence));
  redis.writeRefusal = undefined;
  await passRetry();
  assert.equal(redis.stored.get('p:a')?.value, `${value}+`);
  assert.deepEqual(replies().at(-1), [sequence, [NONE, NONE]]);
});
