import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchReader } from '../src/batch-reader.js';
import * as protocol from '../src/protocol.js';
import { countsOf } from '../src/shard-counts.js';
import { SLOT_COUNT } from '../src/slots.js';

const { Op } = protocol;

test('batch of every operation reads back as it was appended', () => {
  const batch = protocol.createBatch(7);
  protocol.appendGet(batch, 1, 'a', 100);
  protocol.appendSet(batch, 2, 'b', 'value', 200);
  protocol.appendSet(batch, 3, 'c', 'value', 300);
  protocol.makeLastSetInactive(batch, 300);
  protocol.makeLastSetInactive(batch, 301);
  protocol.appendSetInactive(batch, SLOT_COUNT - 1, 'd', 400);
  protocol.appendAmend(batch, 5, 'e', 'head', 'addition');
  protocol.appendDelete(batch, 6, 'f', 500);
  for (const op of [Op.SIZE, Op.CLEAR, Op.STATS, Op.FLUSH, Op.SYNC])
    protocol.appendShardWide(batch, op);

  const reader = new BatchReader(structuredClone(batch));
  assert.equal(reader.number(), 7);
  const readHead = () => {
    const head = reader.number();
    return [protocol.opOf(head), protocol.slotOf(head)];
  };
  assert.deepEqual([...readHead(), reader.string(), reader.number()], [Op.GET, 1, 'a', 100]);
  assert.deepEqual([...readHead(), reader.string(), reader.string()], [Op.SET, 2, 'b', 'value']);
  assert.equal(reader.number(), 200);
  assert.deepEqual(
    [...readHead(), reader.string(), reader.string(), reader.number()],
    [Op.SET_INACTIVE_VALUE, 3, 'c', 'value', 301],
  );
  assert.deepEqual(
    [...readHead(), reader.string(), reader.number()],
    [Op.SET_INACTIVE, SLOT_COUNT - 1, 'd', 400],
  );
  assert.deepEqual(
    [...readHead(), reader.string(), reader.string(), reader.string()],
    [Op.AMEND, 5, 'e', 'head', 'addition'],
  );
  assert.deepEqual([...readHead(), reader.string(), reader.number()], [Op.DELETE, 6, 'f', 500]);
  for (const op of [Op.SIZE, Op.CLEAR, Op.STATS, Op.FLUSH, Op.SYNC])
    assert.deepEqual(readHead(), [op, 0]);
  assert.equal(reader.done, true);
});

test('batch whose last operation is not a set refuses to make it inactive', () => {
  const empty = protocol.createBatch(1);
  assert.throws(() => protocol.makeLastSetInactive(empty, 1), /a SET at -3 of the batch/);
  const batch = protocol.createBatch(1);
  protocol.appendAmend(batch, 1, 'a', 'head', 'addition');
  assert.throws(() => protocol.makeLastSetInactive(batch, 1), /a SET at 1 of the batch/);
});

test('set is replaced where it is, and becomes active', () => {
  const batch = protocol.createBatch(7);
  protocol.appendGet(batch, 1, 'a', 100);
  protocol.appendSet(batch, 2, 'b', 'value', 200);
  protocol.makeLastSetInactive(batch, 300);
  protocol.appendDelete(batch, 3, 'c', 0);
  const [, place] = protocol.placesIn(batch);
  assert.deepEqual(place, { headAt: 4, op: Op.SET_INACTIVE_VALUE, id: 'b' });
  assert.equal(protocol.growthOfSet(batch, 4, 'longer value'), 7);
  protocol.replaceSet(batch, 4, 'longer value', 400);
  const expected = protocol.createBatch(7);
  protocol.appendGet(expected, 1, 'a', 100);
  protocol.appendSet(expected, 2, 'b', 'longer value', 400);
  protocol.appendDelete(expected, 3, 'c', 0);
  assert.deepEqual(batch, expected);
  protocol.makeSetInactive(batch, 4, 500);
  assert.equal([...protocol.placesIn(batch)][1]?.op, Op.SET_INACTIVE_VALUE);
  assert.throws(() => protocol.replaceSet(batch, 1, 'value', 1), /a SET at 1 of the batch/);
  assert.throws(() => protocol.growthOfSet(batch, 8, 'value'), /a SET at 8 of the batch/);
});

test('batch splits into its operations, each of which says what it is', () => {
  const batch = protocol.createBatch(7);
  protocol.appendGet(batch, 1, 'a', 100);
  protocol.appendSet(batch, 2, 'b', 'value', 200);
  protocol.appendSetInactive(batch, 3, 'c', 400);
  protocol.appendAmend(batch, 5, 'd', 'head', 'addition');
  protocol.appendDelete(batch, 6, 'e', 0);
  protocol.appendShardWide(batch, Op.SIZE);
  protocol.appendShardWide(batch, Op.FLUSH);
  let sequence = 10;
  const singles = protocol.splitBatch(batch, () => sequence++);
  assert.deepEqual(
    singles.map(([first]) => first),
    [10, 11, 12, 13, 14, 15, 16],
  );
  assert.deepEqual([7, ...singles.flatMap((single) => single.slice(1))], batch);
});

test('reply carries the counts of the shard before the results', () => {
  const reply = protocol.createReply(3);
  reply.push('value');
  const counts = countsOf((_, at) => at + 1);
  protocol.setCounts(reply, counts);
  assert.equal(protocol.isReply(structuredClone(reply)), true);
  assert.deepEqual(protocol.countsOfReply(reply), counts);
  assert.equal(reply[protocol.resultAt(0)], 'value');
});

test('batch with a part that does not belong is refused, saying where', () => {
  assert.throws(() => new BatchReader('x'), /a batch is an array/);
  const reader = new BatchReader([1, 'a']);
  assert.throws(() => reader.string(), /a string at 0 of the batch/);
  assert.throws(() => reader.number(), /a number at 1 of the batch/);
  assert.throws(() => reader.number(), /a number at 2 of the batch/);
});
