import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LatencyLog } from '../../../benchmarks/scenarios/jstp/latency-log.js';

const EVER = { fromMs: 0, toMs: Number.POSITIVE_INFINITY };

function logOf(...startsAndLatencies: readonly (readonly [number, number])[]): LatencyLog {
  const log = new LatencyLog();
  for (const [startMs, latencyMs] of startsAndLatencies) log.add(startMs, startMs + latencyMs);
  return log;
}

test('summarize, in any order: quantiles by nearest rank', () => {
  const log = logOf(...Array.from({ length: 1_000 }, (_, i) => [i, 1_000 - i] as const));

  assert.deepEqual(log.summarize(EVER), {
    count: 1_000,
    p50Ms: 500,
    p99Ms: 990,
    p999Ms: 999,
    maxMs: 1_000,
  });
});

test('summarize, window: what began in it, whenever it ended', () => {
  const log = logOf([9, 1], [10, 500], [19, 3], [20, 7]);

  const { count, maxMs } = log.summarize({ fromMs: 10, toMs: 20 });
  assert.equal(count, 2);
  assert.equal(maxMs, 500);
});

test('summarize, nothing in the window: throws', () => {
  assert.throws(() => logOf([5, 1]).summarize({ fromMs: 6, toMs: 7 }), /got none/);
});

test('worstOverTime, several in a bucket: the worst of each, in seconds since the window began', () => {
  const log = logOf([1_260, 4], [1_000, 1], [1_049, 3], [1_020, 2], [990, 9]);

  assert.deepEqual(log.worstOverTime({ fromMs: 1_000, toMs: 2_000 }, 50), [
    [0, 3],
    [0.25, 4],
  ]);
});
