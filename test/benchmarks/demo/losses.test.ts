import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lossesAmongMessages } from '../../../benchmarks/demo/losses.js';

function kindsOf(received: readonly number[]): string[] {
  return lossesAmongMessages('client', received, 3).map(({ kind }) => kind);
}

test('lossesAmongMessages, each once and in order: none', () => {
  assert.deepEqual(kindsOf([1, 2, 3]), []);
});

test('lossesAmongMessages, first, middle or last missing: says so', () => {
  for (const received of [[], [2, 3], [1, 3], [1, 2]]) {
    assert.deepEqual(kindsOf(received), ['clients without all their messages']);
  }
});

test('lossesAmongMessages, one twice: says so, also when another is missing', () => {
  assert.deepEqual(kindsOf([1, 2, 2, 3]), ['clients with a message more than once']);
  assert.deepEqual(kindsOf([1, 2, 2]), [
    'clients without all their messages',
    'clients with a message more than once',
  ]);
});

test('lossesAmongMessages, out of order: says so', () => {
  assert.deepEqual(kindsOf([1, 3, 2]), ['clients with messages out of order']);
});
