import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heapLimitsFor, replyBytesMaxOf } from '../../src/shard/heap-limits.js';

const MIB = 2 ** 20;

function limitsFor(sessionBytesMax: number, unanswered = { operations: 0, bytes: 0 }) {
  return heapLimitsFor({ sessionBytesMax, unanswered, isRemote: false });
}

test('the old generation has room for the largest session some times over, and for a window of replies', () => {
  for (const mib of [1, 256]) {
    const { maxOldGenerationSizeMb } = limitsFor(mib * MIB);
    assert(0.8 * maxOldGenerationSizeMb >= 4 * mib + 4);
  }
});

test('limit follows one session and not as many as a batch may read', () => {
  const { maxOldGenerationSizeMb } = limitsFor(256 * MIB);
  assert(maxOldGenerationSizeMb < 16 * 256);
});

test('values of one reply follow the heap, up to a bound', () => {
  assert.equal(replyBytesMaxOf(4_096 * MIB), MIB);
  assert.equal(replyBytesMaxOf(16 * MIB), MIB / 2);
  assert(replyBytesMaxOf(limitsFor(1).maxOldGenerationSizeMb * MIB) === MIB);
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
