import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NONE } from '../../../src/protocol.js';
import { NotTogetherError } from '../../../src/shard/redis/script-results.js';
import { drainMicrotasks } from '../../twins/test-provider.js';
import { setUp, storedValue } from './redis-shard-set-up.js';

test('keys that cannot be asked for together are asked for apart, at once, and nobody is told', async () => {
  const { ask, redis, replies, notices, get, set } = setUp();
  redis.failNext(new NotTogetherError('TRYAGAIN Multiple keys request during rehashing of slot'));
  ask(set('a', storedValue(1)), get('b'), get('a'));
  await drainMicrotasks();
  assert.deepEqual(redis.asked.slice(1), [['p:a', 'p:a'], ['p:b']]);
  assert.deepEqual(replies(), [[1, [NONE, NONE, storedValue(1)]]]);
  assert(!notices().some(({ kind }) => kind === 'reconnecting'));
});

test('some keys are elsewhere: only these are asked for again, apart', async () => {
  const { ask, redis, replies, notices, get, set } = setUp();
  const isElsewhere = (key: string) => key !== 'p:b';
  redis.failNext((key) => (isElsewhere(key) ? new NotTogetherError('not here') : undefined));
  ask(set('a', storedValue(1)), set('b', storedValue(2)), get('a'), get('c'));
  await drainMicrotasks();
  assert.deepEqual(redis.asked.slice(1), [['p:a', 'p:a'], ['p:c']]);
  assert.deepEqual(replies(), [[1, [NONE, NONE, storedValue(1), NONE]]]);
  assert(!notices().some(({ kind }) => kind === 'reconnecting'));
});

test('a key that is nowhere by itself either is asked for until it is somewhere', async () => {
  const { ask, redis, replies, notices, clock, get } = setUp();
  redis.failNext(new NotTogetherError('TRYAGAIN'));
  for (let i = 0; i < 2; i++) redis.failNext(new NotTogetherError('Too many redirections'));
  ask(get('a'), get('b'));
  await drainMicrotasks();
  assert.deepEqual(replies(), []);
  clock.advance(0);
  await drainMicrotasks();
  assert.deepEqual(redis.asked.slice(3), [['p:a'], ['p:b']]);
  assert.deepEqual(replies(), [[1, [NONE, NONE]]]);
  assert(notices().some(({ kind }) => kind === 'reconnecting'));
});
