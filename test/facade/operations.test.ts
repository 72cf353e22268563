import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AmendOperation,
  Gathering,
  PromisedOperation,
  SetOperation,
} from '../../src/facade/operations.js';
import { NONE, NOT_SAFE } from '../../src/protocol.js';

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
