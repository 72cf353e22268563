import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heapLimitsFor } from '../../src/shard/heap-limits.js';

const MIB = 2 ** 20;

test('the old generation is a fifth larger than the budget, and some MiB', () => {
  for (const mib of [1, 512, 12_288, 1_048_576]) {
    const { maxOldGenerationSizeMb } = heapLimitsFor(mib * MIB, 0);
    assert.equal(maxOldGenerationSizeMb, 24 + Math.ceil(mib * 1.2));
  }
});

test('the old generation has room for the values that replace the largest', () => {
  const { maxOldGenerationSizeMb } = heapLimitsFor(512 * MIB, 256 * MIB);
  assert.equal(maxOldGenerationSizeMb, heapLimitsFor(512 * MIB, 0).maxOldGenerationSizeMb + 512);
});

test('limits of a heap are whole numbers, as Node.js wants them', () => {
  for (const bytesMax of [1, 1_234_567, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER]) {
    for (const limit of Object.values(heapLimitsFor(bytesMax, 0))) {
      assert(Number.isSafeInteger(limit) && limit > 0);
    }
  }
});
