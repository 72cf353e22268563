import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heapLimitsFor } from '../../src/shard/heap-limits.js';

const MIB = 2 ** 20;

function limitsFor(sessionBytesMax: number, unanswered = { operations: 0, bytes: 0 }) {
  return heapLimitsFor({ sessionBytesMax, unanswered, isRemote: false });
}

test('the old generation has room for a batch that reads the largest session again and again', () => {
  for (const mib of [1, 512]) {
    const { maxOldGenerationSizeMb } = limitsFor(mib * MIB);
    assert(0.8 * maxOldGenerationSizeMb >= 256 * mib);
  }
});

test('limits of a heap are whole numbers, as Node.js wants them', () => {
  for (const sessionBytesMax of [1, 1_234_567, 2 ** 29 - 1]) {
    for (const limit of Object.values(limitsFor(sessionBytesMax))) {
      assert(Number.isSafeInteger(limit) && limit > 0);
    }
  }
});

test('the old generation has room for what is not answered, however small sessions are', () => {
  const unanswered = { operations: 1_000, bytes: 50 * MIB };
  const { maxOldGenerationSizeMb } = limitsFor(100, unanswered);
  const { maxOldGenerationSizeMb: atRest } = limitsFor(100);
  assert(0.8 * (maxOldGenerationSizeMb - atRest) >= 50);
});
