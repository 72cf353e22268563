import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatValue, headingOf, shownAs } from '../../../benchmarks/report/metrics.js';

test('headingOf, known metrics: words and a unit', () => {
  assert.equal(headingOf('cpuNsPerCycle'), 'main-thread CPU per cycle, µs');
  assert.equal(headingOf('loopMaxMs'), 'event-loop delay worst, ms');
  assert.equal(headingOf('getP999Ms'), 'get p99.9, ms');
  assert.equal(headingOf('closeMs'), 'time to close all, ms');
});

test('headingOf, unknown metric: its name in words', () => {
  assert.equal(headingOf('somethingNewPerTurn'), 'something new per turn');
});

test('shownAs, nanoseconds that are shown as microseconds: scaled', () => {
  const { unit, scale } = shownAs('packUnpackNs');

  assert.equal(unit, 'µs');
  assert.equal(1_600 * scale, 1.6);
});

test('formatValue, any size: three digits or more', () => {
  const texts = [0, 0.012_34, 0.5, 9.999, 12.34, 123.4, 1_234_567, -3.456].map(formatValue);

  assert.deepEqual(texts, ['0', '0.0123', '0.50', '10.00', '12.3', '123', '1,234,567', '-3.46']);
});
