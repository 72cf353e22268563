import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionStorageError } from '../../src/errors.js';
import { SetOperation } from '../../src/facade/operations.js';
import { PendingBatch } from '../../src/facade/pending-batch.js';
import {
  appendSet,
  appendSetInactive,
  createBatch,
  type Failure,
  makeLastSetInactive,
  Op,
  PENDING,
  type Reply,
  type Result,
} from '../../src/protocol.js';
import { SLOT_COUNT } from '../../src/slots.js';
import { RecordingOperation, reply } from './channel-set-up.js';

function setUp(count: number) {
  const batch = new PendingBatch(5, 1_000);
  const operations = Array.from({ length: count }, (_, i) => {
    const operation = new RecordingOperation();
    batch.add(operation, 10);
    batch.message.push(Op.DELETE * SLOT_COUNT, `id-${i}`, 0);
    return operation;
  });
  return { batch, outcomes: () => operations.map(({ outcomes }) => outcomes) };
}

function partly(...results: (Result | Failure)[]): Reply {
  const [, ...rest] = reply(5);
  return [-5, ...rest, ...results];
}

test('succeed: an operation that failed on its own rejects with its code, the others succeed', () => {
  const { batch, outcomes } = setUp(3);
  const failure = { code: 'ERR_REDIS_OOM', detail: 'expected room' } as const;
  batch.succeed([...reply(5), 1, failure, 2]);
  assert.deepEqual(outcomes(), [[1], ['ERR_REDIS_OOM'], [2]]);
});

test('succeed: of a set only the value was refused, so its session is inactive', async () => {
  const batch = new PendingBatch(5, 1_000);
  const set = new SetOperation('a', () => {});
  const inactive = set.joinInactive();
  const other = new RecordingOperation();
  for (const operation of [set, other]) batch.add(operation, 10);
  const failure = { code: 'ERR_REDIS_OOM', detail: 'expected room', isInactive: true } as const;
  batch.succeed([...reply(5), failure, failure]);
  await assert.rejects(set.promise, { code: 'ERR_REDIS_OOM' });
  await inactive;
  assert.deepEqual(other.outcomes, ['ERR_REDIS_OOM']);
});

test('refuseValue: leaves a set inactive of what was a set and set inactive, and nothing of others', async () => {
  const batch = new PendingBatch(5, 1_000);
  const set = new SetOperation('a', () => {});
  const inactive = set.joinInactive();
  batch.add(set, 10);
  appendSet(batch.message, 7, 'a', 'value', 100);
  const error = new SessionStorageError('ERR_POISONOUS_OPERATION', 'a test');
  assert.equal(batch.refuseValue(error), false);
  makeLastSetInactive(batch.message, 200);
  assert.equal(batch.refuseValue(error), true);
  const expected = createBatch(5);
  appendSetInactive(expected, 7, 'a', 200);
  assert.deepEqual(batch.message, expected);
  await assert.rejects(set.promise, { code: 'ERR_POISONOUS_OPERATION' });
  batch.succeed([...reply(5), 0]);
  await inactive;
  assert.equal(batch.refuseValue(error), false);
});

test('isAnsweredBy: a reply to a part has the negative of the sequence', () => {
  const { batch } = setUp(2);
  assert.equal(batch.isAnsweredBy(partly(PENDING, 1)), true);
  assert.equal(batch.isAnsweredBy([...reply(5), 1, 2]), true);
  assert.equal(batch.isAnsweredBy([...reply(6), 1, 2]), false);
  assert.equal(batch.isAnsweredBy(partly(1)), false);
});

test('succeedPartly: each operation is answered once, whatever later replies repeat', () => {
  const { batch, outcomes } = setUp(3);
  batch.succeedPartly(partly(PENDING, 1, PENDING));
  assert.deepEqual(outcomes(), [[], [1], []]);
  batch.succeedPartly(partly(PENDING, 1, 2));
  batch.succeed([...reply(5), 0, 1, 2]);
  assert.deepEqual(outcomes(), [[0], [1], [2]]);
});

test('succeedPartly, then its time is over: only what was not answered fails', () => {
  const { batch, outcomes } = setUp(2);
  batch.succeedPartly(partly(1, PENDING));
  batch.failDue(1_000, () => new SessionStorageError('ERR_TIMEOUT', 'expected an answer'));
  assert.deepEqual(outcomes(), [[1], ['ERR_TIMEOUT']]);
  assert.equal(batch.awaited, false);
});

test('withoutAnswered: who came to wait later keeps the later deadline', () => {
  const { batch } = setUp(3);
  batch.succeedPartly(partly(1, PENDING, PENDING));
  const timeout = () => new SessionStorageError('ERR_TIMEOUT', 'expected an answer');
  batch.failDue(1_000, timeout);
  const late = new RecordingOperation();
  batch.renew(2, late, 2_000);
  const rest = batch.withoutAnswered();
  rest.failDue(1_999, timeout);
  assert.deepEqual(late.outcomes, []);
  rest.failDue(2_000, timeout);
  assert.deepEqual(late.outcomes, ['ERR_TIMEOUT']);
});

test('withoutAnswered: the same batch if nothing was answered, else what is left of it', () => {
  const { batch, outcomes } = setUp(3);
  assert.equal(batch.withoutAnswered(), batch);
  batch.succeedPartly(partly(PENDING, 1, PENDING));
  const rest = batch.withoutAnswered();
  const head = Op.DELETE * SLOT_COUNT;
  assert.deepEqual(rest.message, [5, head, 'id-0', 0, head, 'id-2', 0]);
  assert.deepEqual([rest.operations.length, rest.bytes], [2, 30]);
  rest.succeed([...reply(5), 7, 8]);
  assert.deepEqual(outcomes(), [[7], [1], [8]]);
});
