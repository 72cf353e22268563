import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseBuffer } from '../../src/shard/release-buffer.js';

test('buffer that was released has no memory any more', () => {
  const words = new Int32Array(1_000);
  releaseBuffer(words.buffer);
  assert.deepEqual([words.length, words.buffer.byteLength], [0, 0]);
});

test('memory of buffers that were released is used for others', () => {
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 200; i++) {
    const bytes = new Uint8Array(2 ** 25).fill(1);
    releaseBuffer(bytes.buffer);
  }
  // Else 6,400 MiB, or what the garbage collector leaves of them.
  assert(process.memoryUsage.rss() - before < 2 ** 28);
});
