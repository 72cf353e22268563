import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { memoryBytesMax } from '../src/memory-limit.js';

const GIB = 2 ** 30;

test('a container that allows less than the machine has is the limit', () => {
  assert.equal(memoryBytesMax(2 * GIB, 16 * GIB), 2 * GIB);
});

test('without a limit, or with one above the memory, it is what the machine has', () => {
  for (const noLimit of [undefined, 0, 16 * GIB, 2 ** 63, Number.MAX_VALUE]) {
    assert.equal(memoryBytesMax(noLimit, 16 * GIB), 16 * GIB);
  }
});

test('the memory of this process is more than nothing, and no more than the machine has', () => {
  assert(memoryBytesMax() > 0 && memoryBytesMax() <= totalmem());
});
