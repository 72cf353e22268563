import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionStorageError } from '../../src/errors.js';
import { OPERATION_BYTES } from '../../src/facade/in-flight-bounds.js';
import { InFlightTotal } from '../../src/facade/in-flight-total.js';
import { type Operation, SetOperation } from '../../src/facade/operations.js';
import { Outbox } from '../../src/facade/outbox.js';
import * as protocol from '../../src/protocol.js';
import { drainMicrotasks } from '../twins/test-provider.js';

const BOUNDS = {
  operationsMax: 10,
  bytesMax: 1_000,
  postedOperationsMax: 4,
  postedBytesMax: 400,
  totalBytesMax: Number.POSITIVE_INFINITY,
  replyBytesMax: Number.POSITIVE_INFINITY,
  remoteCallsMax: 1,
};
const IGNORED: Operation = { succeed: () => {}, fail: () => {} };

function setUp(total = new InFlightTotal(BOUNDS.totalBytesMax, 1)) {
  let deadlineMs = 0;
  const outbox = new Outbox({ bounds: BOUNDS, total, deadlineMs: () => deadlineMs });
  const createSet = (id: string) => new SetOperation(id, () => {});
  const set = (id: string, value = 'old', deadline = 100): SetOperation => {
    const operation = createSet(id);
    protocol.appendSet(outbox.add(operation, id.length + value.length), 0, id, value, deadline);
    return operation;
  };
  const replace = (id: string, value = 'new', deadline = 200) =>
    outbox.replaceSet(id, value, deadline, () => createSet(id));
  const setDeadline = (toMs: number) => {
    deadlineMs = toMs;
  };
  /** What waits, as op, id and what else there is. */
  const waiting = () => [...outbox].map(({ message }) => message.slice(1));
  return { outbox, set, replace, setDeadline, waiting };
}

function setOf(id: string, value: string, deadline: number): protocol.Batch {
  const batch = protocol.createBatch(0);
  protocol.appendSet(batch, 0, id, value, deadline);
  return batch.slice(1);
}

test('set takes the place of one that waits, and both settle together', () => {
  const { outbox, set, replace, waiting } = setUp();
  const first = set('a');
  set('b');
  outbox.closeBatch();
  set('c');
  assert.equal(replace('a', 'newer'), first.promise);
  assert.deepEqual(waiting(), [
    [...setOf('a', 'newer', 200), ...setOf('b', 'old', 100)],
    setOf('c', 'old', 100),
  ]);
  assert.deepEqual([outbox.operations, outbox.bytes], [3, 3 + 5 + 3 + 3]);
});

test('set of the open turn may be replaced as well, and again', () => {
  const { set, replace, waiting } = setUp();
  const first = set('a');
  assert.equal(replace('a', 'one'), first.promise);
  set('b');
  assert.equal(replace('a', 'two'), first.promise);
  assert.deepEqual(waiting(), [[...setOf('a', 'two', 200), ...setOf('b', 'old', 100)]]);
});

test('set finds none to replace that was posted, or that something else comes after', () => {
  const later: [string, (batch: protocol.Batch) => void][] = [
    ['a delete', (batch) => protocol.appendDelete(batch, 0, 'a', 0)],
    ['a set inactive', (batch) => protocol.appendSetInactive(batch, 0, 'a', 1)],
    ['a clear', (batch) => protocol.appendShardWide(batch, protocol.Op.CLEAR)],
  ];
  for (const [name, append] of later) {
    const { outbox, set, replace } = setUp();
    set('a');
    append(outbox.add(IGNORED, 1));
    assert.equal(replace('a'), undefined, name);
    const again = set('a');
    assert.equal(replace('a'), again.promise, name);
  }
  const { outbox, set, replace } = setUp();
  set('a');
  outbox.closeBatch();
  set('b');
  const { next } = outbox;
  assert(next !== undefined);
  assert.notEqual(replace('a'), undefined);
  outbox.takeNext();
  next.posted = true;
  assert.equal(replace('a'), undefined);
  assert.notEqual(replace('b'), undefined);
});

test('set of another id, a get or an amendment in between does not hinder', () => {
  const { outbox, set, replace } = setUp();
  const first = set('a');
  set('b');
  protocol.appendDelete(outbox.add(IGNORED, 1), 0, 'b', 0);
  protocol.appendGet(outbox.add(IGNORED, 1), 0, 'a', 1);
  protocol.appendAmend(outbox.add(IGNORED, 1), 0, 'a', 'head', 'addition');
  assert.equal(replace('a'), first.promise);
  assert.equal(replace('b'), undefined);
});

test('set whose waiter was told that its time is over gets a new one, with its own deadline', async () => {
  const { outbox, set, replace, setDeadline } = setUp();
  const codes: string[] = [];
  const note = (name: string) => () => codes.push(name);
  const timeout = () => new SessionStorageError('ERR_TIMEOUT', 'a test');
  set('a').promise.catch(note('first a'));
  set('b').promise.catch(note('first b'));
  const [batch] = outbox;
  assert(batch !== undefined);
  batch.failDue(0, timeout);
  setDeadline(7);
  replace('a')?.catch(note('second a'));
  setDeadline(9);
  replace('b')?.catch(note('second b'));
  await drainMicrotasks();
  assert.deepEqual(codes.splice(0), ['first a', 'first b']);
  for (const [nowMs, expected] of [
    [6, []],
    [7, ['second a']],
    [8, []],
    [9, ['second b']],
  ] as const) {
    batch.failDue(nowMs, timeout);
    await drainMicrotasks();
    assert.deepEqual(codes.splice(0), expected);
  }
  assert.deepEqual([batch.operations.length, outbox.operations, batch.awaited], [2, 2, false]);
});

test('set that grows beyond the bound replaces nothing', () => {
  const { outbox, set, replace } = setUp();
  const first = set('a', 'x'.repeat(990));
  assert.equal(replace('a', 'y'.repeat(1_000)), undefined);
  assert.equal(replace('a', 'y'.repeat(999)), first.promise);
  assert.equal(outbox.bytes, 1_000);
});

test('set inactive joins a set that waits, unless a get comes after it', async () => {
  const { outbox, set, replace, waiting } = setUp();
  const first = set('a');
  const merged = outbox.mergeSetInactive('a', 300);
  assert.equal(merged, first.joinInactive());
  const expected = protocol.createBatch(0);
  protocol.appendSet(expected, 0, 'a', 'old', 300);
  protocol.makeLastSetInactive(expected, 300);
  assert.deepEqual(waiting(), [expected.slice(1)]);
  protocol.appendGet(outbox.add(IGNORED, 1), 0, 'a', 1);
  assert.equal(outbox.mergeSetInactive('a', 400), undefined);
  assert.equal(outbox.mergeSetInactive('b', 400), undefined);
  assert.equal(replace('a'), first.promise);
  assert.equal(outbox.mergeSetInactive('a', 400), undefined, 'the get still comes after it');
});

test('batches end at a size, also within a turn', () => {
  const { outbox } = setUp();
  for (let i = 0; i < 300; i++) protocol.appendDelete(outbox.add(IGNORED, 1), 0, 'a', 0);
  const [first, second] = outbox;
  assert.deepEqual([first?.operations.length, second?.operations.length], [256, 44]);
  assert.equal(outbox.next, first);
  outbox.takeNext();
  assert.equal(outbox.next, undefined, 'the other is open');
  outbox.closeBatch();
  assert.equal(outbox.next, second);
});

test('what was posted is put back before what waits, and may be replaced again', () => {
  const { outbox, set, replace, waiting } = setUp();
  const first = set('a');
  outbox.closeBatch();
  const { next } = outbox;
  assert(next !== undefined);
  outbox.takeNext();
  next.posted = true;
  set('b');
  assert.equal(replace('a'), undefined);
  next.posted = false;
  outbox.putBack([next]);
  assert.equal(replace('a'), first.promise);
  assert.deepEqual(waiting(), [setOf('a', 'new', 200), setOf('b', 'old', 100)]);
  assert.equal(outbox.clear().length, 2);
  assert.deepEqual([outbox.operations, outbox.bytes, outbox.open], [0, 0, undefined]);
});

test('total of all shards has what is in flight here, whatever becomes of it', () => {
  const total = new InFlightTotal(1_000_000, 2);
  const { outbox, set, replace } = setUp(total);
  set('a', 'old');
  set('b', 'old');
  assert.equal(total.bytes, 2 * (OPERATION_BYTES + 4));
  replace('a', 'longer');
  assert.equal(total.bytes, 2 * OPERATION_BYTES + 7 + 4);
  replace('a', '');
  assert.equal(total.bytes, 2 * OPERATION_BYTES + 1 + 4);
  outbox.closeBatch();
  const first = outbox.next;
  assert(first !== undefined);
  outbox.takeNext();
  set('c', 'old');
  outbox.settle(first);
  assert.equal(total.bytes, OPERATION_BYTES + 4);
  outbox.clear();
  assert.equal(total.bytes, 0);
});

test('what another shard has in flight leaves no room for a set, nor for a longer one in place of another', () => {
  const total = new InFlightTotal(4 * OPERATION_BYTES, 2);
  const { outbox, set, replace } = setUp(total);
  set('a', 'x'.repeat(400));
  assert.equal(outbox.isFull(0), false);
  total.add(2 * OPERATION_BYTES + 200);
  assert.equal(outbox.isFull(0), true);
  assert.equal(replace('a', 'x'.repeat(401)), undefined);
  assert.notEqual(replace('a', 'shorter'), undefined);
});
