import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unpackLoopTimes } from '../../../src/loop-times.js';
import { NONE, Op } from '../../../src/protocol.js';
import { createSlotHash, shardOfSlot } from '../../../src/slots.js';
import { errorReply } from '../../twins/fake-redis.js';
import { drainMicrotasks } from '../../twins/test-provider.js';
import { setUp, storedValue } from './redis-shard-set-up.js';

test('size: the first shard counts all behind what was asked before, and holds up nobody', async () => {
  const { ask, redis, replies, set, get, all } = setUp({ shards: 2 });
  redis.hold();
  ask(set('a', storedValue(1)));
  ask(get('b'), all(Op.SIZE));
  ask(get('c'));
  redis.answer();
  await drainMicrotasks();
  redis.answer();
  await drainMicrotasks();
  assert.deepEqual(replies(), [
    [1, [NONE]],
    [3, [NONE]],
    [2, [NONE, 1]],
  ]);
});

test('size: other shards add nothing to it', async () => {
  const { ask, replies, set, all } = setUp({ shard: 1, shards: 2 });
  ask(set('a', storedValue(1)), all(Op.SIZE));
  await drainMicrotasks();
  assert.deepEqual(replies(), [[1, [NONE, 0]]]);
});

test('size is asked for again when the server was away meanwhile', async () => {
  const { ask, redis, replies, clock, all } = setUp();
  redis.failNext(new Error('Connection is closed.'));
  ask(all(Op.SIZE));
  await drainMicrotasks();
  clock.advance(0);
  await drainMicrotasks();
  assert.deepEqual(replies(), [[1, [0]]]);
});

test('size that the server refuses fails with its reason', async () => {
  const { ask, redis, replies, all } = setUp();
  redis.failNext(errorReply("ERR unknown command 'SCAN'"));
  ask(all(Op.SIZE));
  await drainMicrotasks();
  const detail = "expected a reply that is no error, got: ERR unknown command 'SCAN'";
  assert.deepEqual(replies(), [[1, [{ code: 'ERR_REDIS_REPLY', detail }]]]);
});

test('clear removes what the shard has, and nothing that is set after it', async () => {
  const { ask, redis, replies, set, get, all } = setUp({ shard: 1, shards: 2 });
  const shardOf = (id: string) => shardOfSlot(createSlotHash(new Uint8Array(16))(id), 2);
  const ids = Array.from({ length: 40 }, (_, i) => `id-${i}`);
  for (const id of ids) redis.stored.set(`p:${id}`, { value: storedValue(1), expiresMs: 2 ** 52 });
  const own = ids.filter((id) => shardOf(id) === 1);
  redis.hold();
  ask(set(own[0] as string, storedValue(2)));
  ask(all(Op.CLEAR), set(own[1] as string, storedValue(3)), all(Op.CLEAR));
  ask(set(own[2] as string, storedValue(4)));
  ask(get(own[2] as string));
  for (let i = 0; i < 20; i++) {
    redis.answer();
    await drainMicrotasks();
  }
  const left = ids.filter((id) => redis.stored.has(`p:${id}`));
  assert.deepEqual(
    left,
    ids.filter((id) => shardOf(id) === 0 || id === own[2]),
  );
  assert.deepEqual(replies(), [
    [1, [NONE]],
    [2, [NONE, NONE, NONE]],
    [3, [NONE]],
    [4, [storedValue(4)]],
  ]);
});

test('flush is answered behind all that was asked before, whatever that takes', async () => {
  const { ask, redis, replies, get, all } = setUp();
  redis.hold();
  ask(get('a'));
  ask(all(Op.SYNC));
  await drainMicrotasks();
  assert.deepEqual(replies(), []);
  redis.answer();
  await drainMicrotasks();
  assert.deepEqual(replies(), [
    [1, [NONE]],
    [2, [NONE]],
  ]);
});

test('stats are answered at once', () => {
  const { ask, redis, replies, get, all } = setUp();
  redis.hold();
  ask(get('a'));
  ask(all(Op.STATS));
  const [[sequence, [utilization]] = [0, []]] = replies();
  assert.equal(sequence, 2);
  assert(unpackLoopTimes(utilization as string).utilization <= 1);
});
