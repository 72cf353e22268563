import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Latencies } from '../../../benchmarks/measuring/latencies.js';

function assertClose(actual: number | undefined, expected: number): void {
  const difference = Math.abs((actual ?? Number.NaN) / expected - 1);
  assert.ok(difference < 0.002, `expected about ${expected}, got ${actual}`);
}

test('metrics, 1,000 latencies: percentiles in milliseconds under the prefix', () => {
  const latencies = new Latencies();
  for (let ms = 1; ms <= 1_000; ms++) latencies.record(ms);

  const { getP50Ms, getP99Ms, getP999Ms, getMaxMs } = latencies.metrics('get');

  assertClose(getP50Ms, 500);
  assertClose(getP99Ms, 990);
  assertClose(getP999Ms, 999);
  assertClose(getMaxMs, 1_000);
});

test('metrics, latencies below a microsecond: kept to three digits', () => {
  const latencies = new Latencies();
  latencies.record(0.000_125);

  assertClose(latencies.maxMs, 0.000_125);
});

test('record, zero or less: the least that a histogram takes', () => {
  const latencies = new Latencies();
  latencies.record(0);
  latencies.record(-1);

  assert.equal(latencies.count, 2);
  assert.equal(latencies.maxMs, 1e-6);
});

test('metrics, nothing recorded: refused', () => {
  const latencies = new Latencies();
  latencies.record(1);
  latencies.reset();

  assert.throws(() => latencies.metrics('get'), /get: expected latencies/);
});
