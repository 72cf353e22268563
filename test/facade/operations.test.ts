import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { SessionStorageError } from '../../src/errors.js';
import {
  AmendOperation,
  Gathering,
  PromisedOperation,
  SetOperation,
} from '../../src/facade/operations.js';
import {
  NONE,
  NOT_SAFE,
  type Result,
  STORE_FULL,
  STORE_FULL_NOT_SAFE,
} from '../../src/protocol.js';

const report = (): void => {};
const code = 'ERR_JOURNAL_WRITE';

test('a change that is not safe on the disk rejects, whatever it is', async () => {
  const set = new SetOperation('id', report);
  set.succeed(NOT_SAFE);
  await assert.rejects(set.promise, { code });
  const other = new PromisedOperation(report, (result) => result !== NONE);
  other.succeed(NOT_SAFE);
  await assert.rejects(other.promise, { code });
});

test('a change of all shards that is not safe in one of them rejects', async () => {
  const gathering = new Gathering(report, 2, (results) => results);
  gathering.part(0).succeed(NONE);
  gathering.part(1).succeed(NOT_SAFE);
  await assert.rejects(gathering.promise, { code });
});

test('late messages that are not safe are told of, and not refused', () => {
  const codes: string[] = [];
  const amendment = {
    id: 'id',
    valueHead: '',
    addition: '',
    refuse: () => assert.fail('expected no refusal'),
  };
  new AmendOperation(amendment as never, (error) => codes.push(error.code)).succeed(NOT_SAFE);
  assert.deepEqual(codes, [code]);
});

const closed = new SessionStorageError('ERR_CLOSED', 'a test');
const DONE = 'done';

for (const [what, settle, expected] of [
  ['done', succeedWith(NONE), [DONE, DONE]],
  ['without room', succeedWith(STORE_FULL), ['ERR_STORE_FULL', DONE]],
  ['not safe', succeedWith(NOT_SAFE), [code, code]],
  ['without room and not safe', succeedWith(STORE_FULL_NOT_SAFE), ['ERR_STORE_FULL', code]],
  ['failed', (set: SetOperation) => set.fail(closed), ['ERR_CLOSED', 'ERR_CLOSED']],
  ['refused', (set: SetOperation) => set.refuseValue(closed).succeed(NONE), ['ERR_CLOSED', DONE]],
] as const) {
  test(`set ${what}: the setInactive that travels with it settles as its own`, async () => {
    const set = new SetOperation('id', report);
    const inactive = set.joinInactive();
    assert.notEqual(inactive, set.promise);
    assert.equal(set.joinInactive(), inactive);
    settle(set);
    assert.deepEqual(await Promise.all([set.promise, inactive].map(outcomeOf)), expected);
  });
}

test('set in place of one that was to be inactive: when it is refused, nothing was made inactive', async () => {
  const set = new SetOperation('id', report);
  const inactive = set.joinInactive();
  set.keepActive();
  set.succeed(STORE_FULL);
  const outcomes = await Promise.all([set.promise, inactive].map(outcomeOf));
  assert.deepEqual(outcomes, ['ERR_STORE_FULL', 'ERR_STORE_FULL']);
});

test('set is urgent as soon as anybody waits for it, or for the setInactive that travels with it', () => {
  const set = new SetOperation('id', report);
  const inactive = set.joinInactive();
  assert.equal(set.urgent, false);
  void inactive.then();
  assert.equal(set.urgent, true);
});

test('failure of both that nobody waits for is one report', async () => {
  const reported = new Set<SessionStorageError>();
  const set = new SetOperation('id', (error) => reported.add(error));
  set.joinInactive();
  set.succeed(NOT_SAFE);
  await setImmediate();
  assert.equal(reported.size, 1);
});

function succeedWith(result: Result): (set: SetOperation) => void {
  return (set) => set.succeed(result);
}

function outcomeOf(promise: Promise<void>): Promise<string> {
  return promise.then(
    () => DONE,
    (error: SessionStorageError) => error.code,
  );
}
