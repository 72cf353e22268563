import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as protocol from '../src/protocol.js';
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
  protocol.appendDelete(batch, 6, 'f');
  for (const op of [Op.SIZE, Op.CLEAR, Op.STATS, Op.FLUSH]) protocol.appendShardWide(batch, op);

  const reader = new protocol.BatchReader(structuredClone(batch));
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
  assert.deepEqual([...readHead(), reader.string()], [Op.DELETE, 6, 'f']);
  for (const op of [Op.SIZE, Op.CLEAR, Op.STATS, Op.FLUSH]) assert.deepEqual(readHead(), [op, 0]);
  assert.equal(reader.done, true);
});

test('batch whose last operation is not a set refuses to make it inactive', () => {
  const empty = protocol.createBatch(1);
  assert.throws(() => protocol.makeLastSetInactive(empty, 1), /last operation is a SET/);
  const batch = protocol.createBatch(1);
  protocol.appendAmend(batch, 1, 'a', 'head', 'addition');
  assert.throws(() => protocol.makeLastSetInactive(batch, 1), /last operation is a SET/);
});

test('batch with a part that does not belong is refused, saying where', () => {
  assert.throws(() => new protocol.BatchReader('x'), /a batch is an array/);
  const reader = new protocol.BatchReader([1, 'a']);
  assert.throws(() => reader.string(), /a string at 0 of the batch/);
  assert.throws(() => reader.number(), /a number at 1 of the batch/);
  assert.throws(() => reader.number(), /a number at 2 of the batch/);
});

test('replies and notices are told apart, and from anything else', () => {
  assert.equal(protocol.isReply([1, 0, 'value']), true);
  assert.equal(protocol.isNotice({ kind: 'ready' }), true);
  for (const other of [undefined, null, 1, 'x', [], ['x'], {}]) {
    assert.equal(protocol.isReply(other), false);
    assert.equal(protocol.isNotice(other), false);
  }
});
