import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNotice } from '../src/notice.js';
import * as protocol from '../src/protocol.js';

test('replies and notices are told apart, and from anything else', () => {
  assert.equal(protocol.isReply(protocol.createReply(1)), true);
  assert.equal(isNotice({ kind: 'ready' }), true);
  for (const other of [undefined, null, 1, 'x', [], ['x'], {}, [1, 0], { kind: 'other' }]) {
    assert.equal(protocol.isReply(other), false);
    assert.equal(isNotice(other), false);
  }
});
