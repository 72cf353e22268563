import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertMeasured } from '../../../benchmarks/runner/run-tasks.js';

test('assertMeasured, numbers: accepted, zero and below too', () => {
  assertMeasured({ cpuNsPerCycle: -1, gcMs: 0, getMaxMs: 2.5 });
});

test('assertMeasured, no metric or one without a number: refused by name', () => {
  assert.throws(() => assertMeasured({}), /expected metrics, got none/);
  assert.throws(() => assertMeasured({ a: 1, gcMs: Number.NaN }), /gcMs: .*got NaN/);
  assert.throws(() => assertMeasured({ rate: Number.POSITIVE_INFINITY }), /rate: .*Infinity/);
});
