import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffMs } from '../src/back-off.js';

test('back-off: at once, then twice as long each time, up to the longest', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1_000].map((ends) => backOffMs(ends, 1_000, () => 0));
  assert.deepEqual(delays, [0, 25, 50, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
});

test('back-off: chance takes off up to half', () => {
  assert.equal(
    backOffMs(4, 1_000, () => 0.5),
    75,
  );
  assert.equal(
    backOffMs(4, 1_000, () => 1 - Number.EPSILON),
    51,
  );
  assert.equal(
    backOffMs(1, 1_000, () => 0.5),
    0,
  );
});
