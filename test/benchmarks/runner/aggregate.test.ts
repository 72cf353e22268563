import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../../benchmarks/report/results.js';
import { aggregate, mediansOf, spreadOf } from '../../../benchmarks/runner/aggregate.js';

function sampleOf(subject: string, cpuNs: number, getMs: number): Sample {
  return {
    scenario: 'churn',
    variant: '1M stored',
    subject,
    metrics: { cpuNs, getMs },
    series: { loop: [[0, cpuNs]] },
  };
}

test('spreadOf, odd number of values: the middle one and both ends', () => {
  assert.deepEqual(spreadOf([30, 1, 2]), { median: 2, min: 1, max: 30 });
});

test('spreadOf, even number of values: between the two in the middle', () => {
  assert.deepEqual(spreadOf([10, 1, 4, 2]), { median: 3, min: 1, max: 10 });
});

test('aggregate, runs in turn: one result for each subject, metric by metric', () => {
  const results = aggregate([
    sampleOf('a', 10, 1),
    sampleOf('b', 20, 2),
    sampleOf('a', 12, 9),
    sampleOf('b', 22, 4),
    sampleOf('a', 11, 5),
  ]);

  assert.deepEqual(
    results.map(({ subject, runs }) => [subject, runs]),
    [
      ['a', 3],
      ['b', 2],
    ],
  );
  assert.deepEqual(results[0]?.metrics, {
    cpuNs: { median: 11, min: 10, max: 12 },
    getMs: { median: 5, min: 1, max: 9 },
  });
});

test('aggregate, series: those of the run whose first metric is the median', () => {
  const odd = aggregate([sampleOf('a', 30, 1), sampleOf('a', 10, 2), sampleOf('a', 20, 3)]);
  const even = aggregate([sampleOf('a', 30, 1), sampleOf('a', 10, 2)]);

  assert.deepEqual(odd[0]?.series, { loop: [[0, 20]] });
  assert.deepEqual(even[0]?.series, { loop: [[0, 10]] });
});

test('aggregate, other variant or scenario: a result of its own', () => {
  const sample = sampleOf('a', 1, 1);
  const results = aggregate([
    sample,
    { ...sample, variant: '3M stored' },
    { ...sample, scenario: 'purge' },
  ]);

  assert.equal(results.length, 3);
});

test('mediansOf, turns: the median of each metric', () => {
  const turns = [
    { a: 3, b: 1 },
    { a: 1, b: 10 },
    { a: 2, b: 100 },
  ];

  assert.deepEqual(mediansOf(turns), { a: 2, b: 10 });
});
