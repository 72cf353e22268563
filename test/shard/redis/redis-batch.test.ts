import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NONE, PENDING, type Reply, resultAt } from '../../../src/protocol.js';
import { RedisBatch } from '../../../src/shard/redis/redis-batch.js';
import { countsOf } from '../../../src/shard-counts.js';

const COUNTS = { ...countsOf(() => 0), hits: 3 };

function resultsOf(reply: Reply): unknown[] {
  return reply.slice(resultAt(0));
}

test('batch whose operations are all answered is answered, in their order', () => {
  const batch = new RedisBatch(7);
  const [first, second] = [batch.expect(), batch.expect()];
  batch.onRead();
  batch.answer(second, 'two');
  assert.equal(batch.isAnswered, false);
  batch.answer(first, 'one');
  assert.equal(batch.isAnswered, true);
  const reply = batch.reply(COUNTS);
  assert.deepEqual([reply[0], resultsOf(reply)], [7, ['one', 'two']]);
});

test('batch that is not read to its end is not answered', () => {
  const batch = new RedisBatch(7);
  batch.answer(batch.expect(), 'one');
  assert.equal(batch.isAnswered, false);
  assert.equal(batch.hasPartialNews, false);
  batch.expect();
  batch.onRead();
  assert.equal(batch.isAnswered, false);
  assert.equal(batch.hasPartialNews, true);
});

test('batch that is answered in part says each part once', () => {
  const batch = new RedisBatch(7);
  const indexes = [batch.expect(), batch.expect(), batch.expect()];
  batch.onRead();
  assert.equal(batch.hasPartialNews, false);
  batch.answer(indexes[1] as number, 'two');
  assert.equal(batch.hasPartialNews, true);
  const part = batch.reply(COUNTS);
  assert.deepEqual([part[0], resultsOf(part)], [-7, [PENDING, 'two', PENDING]]);
  assert.equal(batch.hasPartialNews, false);
  batch.answer(indexes[0] as number, 'one');
  assert.equal(batch.hasPartialNews, true);
  batch.answer(indexes[2] as number, 'three');
  assert.equal(batch.hasPartialNews, false);
  assert.deepEqual(resultsOf(batch.reply(COUNTS)), ['one', NONE, 'three']);
});
