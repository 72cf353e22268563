import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  atLargest,
  atMostCompared,
  countOf,
  medianOf,
  variantsOf,
} from '../../../benchmarks/report/selection.js';
import { resultOf } from './made-up-report.js';

test('countOf, names of variants: the number that they begin with', () => {
  const counts = {
    '3M stored': 3_000_000,
    '1.5M stored': 1_500_000,
    '100k stored': 100_000,
    '2,000 stored': 2_000,
    '4 shards': 4,
    '1 shard': 1,
    '5 kinds': 5,
    typical: 0,
  };
  for (const [variant, count] of Object.entries(counts)) assert.equal(countOf(variant), count);
});

test('variantsOf, in any order: each once, from small to large', () => {
  const results = ['1M stored', '100k stored', '1M stored', '3M stored'].map((variant) =>
    resultOf(`churn/${variant}/sharded`, {}),
  );

  assert.deepEqual(variantsOf(results), ['100k stored', '1M stored', '3M stored']);
});

test('atLargest, ours nowhere: nothing', () => {
  assert.deepEqual(atLargest([resultOf('churn/1M stored/lmdb', {})]), []);
});

test('atMostCompared, several sizes: that of the most subjects, the larger of two such', () => {
  const one = resultOf('churn/9M stored/sharded', {});
  const few = ['sharded', 'lmdb'].map((name) => resultOf(`churn/1M stored/${name}`, {}));
  const many = ['sharded', 'lmdb'].map((name) => resultOf(`churn/3M stored/${name}`, {}));

  assert.deepEqual(atMostCompared([...many, one, ...few]), many);
  assert.deepEqual(atMostCompared([]), []);
});

test('medianOf, no such metric or not a number: undefined', () => {
  const result = resultOf('churn/1M stored/sharded', { good: 2, bad: Number.NaN });

  assert.equal(medianOf(result, 'good'), 2);
  assert.equal(medianOf(result, 'bad'), undefined);
  assert.equal(medianOf(result, 'toString'), undefined);
});
