import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as protocol from '../../../src/protocol.js';
import { drainMicrotasks } from '../../twins/test-provider.js';
import { setUp, storedValue } from './redis-shard-set-up.js';

test('operations that a full reply leaves out are asked for again at once, in order, and nobody is told', async () => {
  const { ask, redis, replies, notices, get, set } = setUp();
  redis.replyBytesMax = 20;
  const values = [1, 2, 3].map((stamp) => storedValue(stamp, 'x'.repeat(10)));
  const [first = '', second = '', third = ''] = values;
  ask(set('a', first), set('b', second));
  await drainMicrotasks();
  redis.asked.length = 0;
  ask(get('a'), get('b'), get('a'), set('a', third), get('a'));
  await drainMicrotasks();
  assert.deepEqual(redis.asked, [
    ['p:a', 'p:b', 'p:a', 'p:a', 'p:a'],
    ['p:a', 'p:a', 'p:a'],
  ]);
  assert.deepEqual(replies().at(-1), [2, [first, second, first, protocol.NONE, third]]);
  assert(!notices().some(({ kind }) => kind === 'reconnecting'));
});

test('values are told as soon as they fill a reply, and nothing more is read until they are read', async () => {
  const { ask, redis, replies, posted, served, get, set } = setUp({ replyBytesMax: 20 });
  redis.replyBytesMax = 20;
  const ids = Array.from({ length: 20 }, (_, i) => `${i}`);
  for (const [i, id] of ids.entries()) ask(set(id, storedValue(i, 'x'.repeat(10))));
  await drainMicrotasks();
  posted.length = 0;
  const sequence = ask(...ids.map(get));
  const valuesTold = () =>
    replies().flatMap(([, results]) => results.filter((result) => typeof result === 'string'));
  await drainMicrotasks();
  assert.equal(valuesTold().length, 6);
  for (let receipts = 0; receipts < 10; receipts++) {
    served.receive(protocol.createReceipt());
    await drainMicrotasks();
    assert(valuesTold().length <= 6 + 2 * (receipts + 1));
  }
  assert.equal(valuesTold().length, ids.length);
  assert.equal(replies().at(-1)?.[0], sequence);
});

test('no more calls are under way than may be', async () => {
  const { ask, redis, replies, get } = setUp({ callsMax: 2 });
  redis.hold();
  for (let i = 0; i < 5; i++) ask(get(`${i}`));
  await drainMicrotasks();
  assert.equal(redis.asked.length, 2);
  for (let round = 0; round < 3; round++) {
    redis.answer();
    await drainMicrotasks();
  }
  assert.equal(replies().length, 5);
});
