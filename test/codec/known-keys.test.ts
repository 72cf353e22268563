import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KnownKeys } from '../../src/codec/known-keys.js';

test('keys read in any order: are what the text holds', () => {
  const keys = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\0', 'é'), maxLength: 4 }));
  const known = new KnownKeys();
  const property = fc.property(keys, fc.string(), (list, before) => {
    for (const key of list) {
      const text = `${before}${key}after`;
      assert.equal(known.read(text, before.length, before.length + key.length), key);
    }
  });
  fc.assert(property, { numRuns: 1_000 });
});

test('keys with the same ends and length: are told apart', () => {
  const known = new KnownKeys();
  for (const key of ['abc', 'axc', 'abc', 'a\0c']) assert.equal(known.read(`<${key}>`, 1, 4), key);
});
