import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { idOfKey, keyOf } from '../../../src/shard/redis/session-key.js';

const PREFIXES = ['', 'jstp:session:', '{jstp}:', 'schlüssel:'];

function bytesOf(prefix: string, id: string): Buffer {
  return Buffer.from(keyOf(prefix, id) as string);
}

test('keyOf: prefix and id, in UTF-8', () => {
  assert.equal(keyOf('jstp:', 'a-b'), 'jstp:a-b');
  assert.deepEqual(bytesOf('p:', 'ü'), Buffer.from('p:ü'));
});

test('keyOf, idOfKey: any id comes back, whatever the prefix', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PREFIXES),
      fc.string({ unit: 'binary', maxLength: 40 }),
      (prefix, id) => {
        assert.equal(idOfKey(prefix, bytesOf(prefix, id)), id);
      },
    ),
  );
});

test('keyOf: ids with halves of surrogate pairs have keys of their own', () => {
  const ids = ['\ud800', '\ud801', '\udc00', '\ud800a', 'a\ud800', '\ufffd', '\uffff'];
  const keys = new Set(ids.map((id) => bytesOf('p:', id).toString('latin1')));
  assert.equal(keys.size, ids.length);
  for (const id of ids) assert.equal(idOfKey('p:', bytesOf('p:', id)), id);
});
