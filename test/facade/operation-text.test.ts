import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeOperation } from '../../src/facade/operation-text.js';
import * as protocol from '../../src/protocol.js';

const { Op } = protocol;

test('operation of each kind: is described by its name, and the start and hash of its id', () => {
  const batch = protocol.createBatch(7);
  protocol.appendGet(batch, 1, 'a', 100);
  protocol.appendSet(batch, 2, 'b', 'value', 200);
  protocol.appendSetInactive(batch, 3, 'c', 400);
  protocol.appendAmend(batch, 5, 'd', 'head', 'addition');
  protocol.appendDelete(batch, 6, '3f2b8c1e-9a4d-4e6f-8b7a-1c2d3e4f5a6b', 500);
  protocol.appendShardWide(batch, Op.SIZE);
  const singles = protocol.splitBatch(batch, () => 1);
  assert.deepEqual(singles.map(describeOperation), [
    'GET of session ""... (SHA-256 ca978112ca1b)',
    'SET of session ""... (SHA-256 3e23e8160039)',
    'SET_INACTIVE of session ""... (SHA-256 2e7d2c03a950)',
    'AMEND of session ""... (SHA-256 18ac3e7343f0)',
    'DELETE of session "3f2b8c1e"... (SHA-256 adc7eac0fe2e)',
    'SIZE',
  ]);
});
