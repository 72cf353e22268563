import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packLoopTimes, unpackLoopTimes } from '../src/loop-times.js';

test('times of a loop come back as they were packed', () => {
  const ms = fc.double({ min: 0, max: 2 ** 52, noNaN: true }).map((value) => value + 0);
  const utilization = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0);
  fc.assert(
    fc.property(fc.record({ idleMs: ms, activeMs: ms, utilization }), (times) =>
      assert.deepEqual(unpackLoopTimes(packLoopTimes(times)), { ...times }),
    ),
  );
});

test('what is no times of a loop is refused', () => {
  for (const packed of [
    0,
    '',
    '1 2',
    '1 2 0.5 4',
    '1 x 0.5',
    '-1 2 0.5',
    '1 2 1.5',
    '1 Infinity 0',
  ]) {
    assert.throws(() => unpackLoopTimes(packed), { name: 'AssertionError' }, `${packed}`);
  }
});
