import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNotice } from '../../../src/notice.js';
import { countsOfReply, NONE, Op, PENDING, STORE_FULL } from '../../../src/protocol.js';
import { HEAD_BYTES } from '../../../src/session-codec.js';
import { errorReply } from '../../twins/fake-redis.js';
import { drainMicrotasks } from '../../twins/test-provider.js';
import { DAY_MS, setUp, storedValue } from './redis-shard-set-up.js';

const HEAD = storedValue(1).slice(0, HEAD_BYTES);

test('shard says that it is ready when the server can be asked, and that it is at work until then', () => {
  const { redis, clock, posted, notices } = setUp({ ready: false });
  clock.advance(300);
  assert.deepEqual(posted, [{ kind: 'busy' }]);
  redis.beReady();
  assert.deepEqual(notices(), [{ kind: 'ready' }, { kind: 'connected' }]);
  redis.beLost('gone');
  redis.beReady();
  assert.equal(notices().filter(({ kind }) => kind === 'ready').length, 1);
});

test('a batch is one call, in order, and one reply', async () => {
  const shard = setUp();
  shard.ask(
    shard.get('a'),
    shard.set('a', storedValue(1, 'one')),
    shard.amend('a', HEAD, '+'),
    shard.get('a'),
    shard.delete('a'),
    shard.delete('a'),
    shard.all(Op.FLUSH),
  );
  await drainMicrotasks();
  assert.deepEqual(shard.redis.asked, [['p:a', 'p:a', 'p:a', 'p:a', 'p:a', 'p:a']]);
  assert.deepEqual(shard.replies(), [
    [1, [NONE, NONE, NONE, storedValue(1, 'one+'), 1, NONE, NONE]],
  ]);
});

test('counts tell hits, misses and sets', async () => {
  const { ask, get, set, posted } = setUp();
  ask(set('a', storedValue(1)), get('a'), get('b'), get('c'));
  await drainMicrotasks();
  const reply = posted.find((message) => !isNotice(message));
  assert(reply !== undefined && !isNotice(reply));
  const { hits, misses, sets, sessions } = countsOfReply(reply);
  assert.deepEqual({ hits, misses, sets, sessions }, { hits: 1, misses: 2, sets: 1, sessions: 0 });
});

test('deadlines become lifetimes from when the server is asked', async () => {
  const { ask, redis, clock, set, setInactive } = setUp({ ready: false });
  ask(set('a', storedValue(1)), setInactive('a', 5_000));
  clock.jump(2_000);
  redis.beReady();
  await drainMicrotasks();
  assert.equal((redis.stored.get('p:a')?.expiresMs ?? 0) - clock.now(), 3_000);
});

test('what expired while it waited lives for a millisecond, and not for ever', async () => {
  const { ask, redis, clock, set } = setUp({ ready: false });
  ask(set('a', storedValue(1)));
  clock.jump(DAY_MS + 5);
  redis.beReady();
  await drainMicrotasks();
  assert.equal((redis.stored.get('p:a')?.expiresMs ?? 0) - clock.now(), 1);
});

test('set of an older value does nothing, as one of the same stamp that was answered in vain', async () => {
  const { ask, redis, replies, set, amend } = setUp();
  ask(set('a', storedValue(5, 'newer')));
  ask(set('a', storedValue(4, 'older')));
  ask(amend('a', storedValue(5).slice(0, HEAD_BYTES), '+'));
  ask(set('a', storedValue(5, 'newer')));
  await drainMicrotasks();
  assert.equal(redis.stored.get('p:a')?.value, storedValue(5, 'newer+'));
  assert.deepEqual(
    replies().map(([, results]) => results),
    [[NONE], [NONE], [NONE], [NONE]],
  );
});

test('operations on one id wait for each other, others do not', async () => {
  const { ask, redis, replies, get, set } = setUp();
  redis.hold();
  ask(set('a', storedValue(1)), set('b', storedValue(1)));
  ask(get('b'), get('c'));
  ask(get('b'));
  ask(get('d'));
  assert.deepEqual(redis.asked, [['p:a', 'p:b'], ['p:c'], ['p:d']]);
  redis.answer(1);
  await drainMicrotasks();
  redis.answer();
  await drainMicrotasks();
  redis.answer();
  await drainMicrotasks();
  assert.deepEqual(redis.asked.slice(3), [['p:b'], ['p:b']]);
  assert.deepEqual(
    new Map(replies() as [number, unknown[]][]),
    new Map([
      [1, [NONE, NONE]],
      [2, [storedValue(1), NONE]],
      [3, [storedValue(1)]],
      [4, [NONE]],
    ]),
  );
});

test('keys that cannot be asked for in one call are asked for in several', async () => {
  const { ask, redis, replies, get } = setUp();
  redis.groupOf = (key) => `${key.length}`;
  ask(get('a'), get('bb'), get('c'));
  await drainMicrotasks();
  assert.deepEqual(redis.asked, [['p:a', 'p:c'], ['p:bb']]);
  assert.deepEqual(replies(), [[1, [NONE, NONE, NONE]]]);
});

test('a part of a batch that takes long does not hold up the others', async () => {
  const { ask, redis, replies, clock, get } = setUp();
  redis.groupOf = (key) => `${key.length}`;
  redis.hold();
  ask(get('a'), get('bb'));
  redis.answer(1);
  await drainMicrotasks();
  assert.deepEqual(replies(), []);
  clock.advance(20);
  assert.deepEqual(replies(), [[-1, [NONE, PENDING]]]);
  clock.advance(200);
  assert.equal(replies().length, 1);
  redis.answer();
  await drainMicrotasks();
  assert.deepEqual(replies().at(-1), [1, [NONE, NONE]]);
});

test('what fails for a reason that passes is asked again, and nothing else of its call', async () => {
  const { ask, redis, replies, notices, clock, set, get } = setUp();
  const failing = errorReply('LOADING Redis is loading the dataset in memory');
  redis.failNext((key) => (key === 'p:b' ? failing : undefined));
  ask(set('a', storedValue(1)), set('b', storedValue(1, 'b')), get('b'));
  await drainMicrotasks();
  assert.deepEqual(notices().slice(2), [
    { kind: 'reconnecting', code: 'ERR_REDIS_LOADING', reason: failing.message },
  ]);
  clock.advance(0);
  await drainMicrotasks();
  assert.deepEqual(redis.asked, [
    ['p:a', 'p:b', 'p:b'],
    ['p:b', 'p:b'],
  ]);
  assert.deepEqual(replies(), [[1, [NONE, NONE, storedValue(1, 'b')]]]);
  assert.deepEqual(notices().slice(3), [{ kind: 'connected' }]);
});

test('a server that fails again and again is asked at growing intervals', async () => {
  const { ask, redis, clock, get } = setUp();
  for (let i = 0; i < 20; i++) redis.failNext(errorReply('CLUSTERDOWN The cluster is down'));
  ask(get('a'));
  for (let ms = 0; ms < 3_000; ms += 5) {
    await drainMicrotasks();
    clock.advance(5);
  }
  // 0, 0, 25, 50, 100, 200, then each 250.
  assert.equal(redis.asked.length, 16);
});

test('additions to one session are asked for one after the other: of the last one can be told if it is there', async () => {
  const { ask, redis, clock, set, amend } = setUp();
  redis.hold();
  ask(set('a', storedValue(1)), amend('a', HEAD, '+1'), amend('a', HEAD, '+2'));
  redis.loseReplies();
  for (let i = 0; i < 3; i++) {
    await drainMicrotasks();
    clock.advance(0);
    redis.answer();
  }
  await drainMicrotasks();
  assert.equal(redis.stored.get('p:a')?.value, storedValue(1, '+1+2'));
  assert.deepEqual(redis.asked, [['p:a', 'p:a'], ['p:a', 'p:a'], ['p:a']]);
});

test('what was asked while the server is away waits for it, without being tried', async () => {
  const { ask, redis, replies, notices, clock, set } = setUp();
  redis.beLost('connect ECONNREFUSED');
  ask(set('a', storedValue(1)));
  clock.advance(60_000);
  await drainMicrotasks();
  assert.deepEqual(redis.asked, []);
  assert.deepEqual(replies(), []);
  redis.beReady();
  await drainMicrotasks();
  assert.deepEqual(replies(), [[1, [NONE]]]);
  assert.deepEqual(
    notices().map(({ kind }) => kind),
    ['ready', 'connected', 'reconnecting', 'connected'],
  );
});

test('a call whose answer is lost is made again', async () => {
  const { ask, redis, replies, set } = setUp();
  redis.failNext(new Error('Connection is closed.'));
  ask(set('a', storedValue(1)));
  redis.beLost('gone');
  await drainMicrotasks();
  redis.beReady();
  await drainMicrotasks();
  assert.deepEqual(redis.asked, [['p:a'], ['p:a']]);
  assert.deepEqual(replies(), [[1, [NONE]]]);
});

test('before the server was reached for the first time, its absence is told at the third attempt', () => {
  const { redis, notices } = setUp({ ready: false });
  redis.beLost('connect ECONNREFUSED');
  redis.beLost('connect ECONNREFUSED');
  assert.deepEqual(notices(), []);
  redis.beLost('connect ECONNREFUSED');
  assert.deepEqual(notices(), [
    { kind: 'reconnecting', code: 'ERR_REDIS_UNAVAILABLE', reason: 'connect ECONNREFUSED' },
  ]);
});

test('a server that became a replica is connected to anew', async () => {
  const { ask, redis, set } = setUp();
  redis.failNext(() => errorReply("READONLY You can't write against a read only replica."));
  ask(set('a', storedValue(1)));
  await drainMicrotasks();
  assert.equal(redis.reconnects, 1);
});

test('what fails for a reason of its own is answered with it, and is not tried again', async () => {
  const { ask, redis, replies, get, set } = setUp();
  redis.failNext((key) =>
    key === 'p:list' ? errorReply('WRONGTYPE Operation against a key') : undefined,
  );
  ask(get('list'), set('b', storedValue(1)));
  await drainMicrotasks();
  const detail = 'expected a reply that is no error, got: WRONGTYPE Operation against a key';
  assert.deepEqual(replies(), [[1, [{ code: 'ERR_REDIS_WRONG_TYPE', detail }, NONE]]]);
  assert.equal(redis.asked.length, 1);
});

test('addition that found no memory: none that follows it is made', async () => {
  const { ask, redis, replies, set, amend, get } = setUp();
  ask(set('a', storedValue(1)));
  await drainMicrotasks();
  redis.hold();
  ask(amend('a', HEAD, '+1'));
  ask(amend('a', HEAD, '+2'), get('b'));
  ask(amend('a', HEAD, '+3'), get('a'));
  redis.answer(1, errorReply('OOM command not allowed'));
  await drainMicrotasks();
  redis.answer();
  await drainMicrotasks();
  redis.answer();
  await drainMicrotasks();
  assert.deepEqual(
    replies().map(([, results]) => results),
    [[NONE], [STORE_FULL], [STORE_FULL, NONE], [STORE_FULL, storedValue(1)]],
  );
});

test('shard that is stopped closes its connection, and answers nothing any more', async () => {
  const { ask, redis, replies, served, clock, get } = setUp();
  redis.beLost('gone');
  ask(get('a'));
  served.stop();
  redis.beReady();
  await drainMicrotasks();
  clock.advance(10_000);
  assert.equal(redis.isClosed, true);
  assert.deepEqual([redis.asked, replies()], [[], []]);
});
