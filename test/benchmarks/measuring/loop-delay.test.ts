import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delaysOf } from '../../../benchmarks/measuring/loop-delay.js';

test('delaysOf, less than a tick: the delay alone', () => {
  assert.deepEqual(delaysOf(0), [0]);
  assert.deepEqual(delaysOf(0.25), [0.25]);
});

test('delaysOf, a stall of several ticks: that of each tick in it', () => {
  assert.deepEqual(delaysOf(3.5), [3.5, 2.5, 1.5, 0.5]);
});
