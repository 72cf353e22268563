import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOfSession } from '../../src/shard/session-bytes.js';

test('bytes of a session are more than those of its id and value, and at most 1.15 times and 76', () => {
  for (const idWords of [0, 1, 4, 256, 512]) {
    for (const valueBytes of [0, 1, 169, 4_096, 2 ** 20, 2 ** 28]) {
      const bytes = bytesOfSession(idWords, valueBytes);
      assert(bytes > 4 * idWords + valueBytes);
      assert(bytes <= 76 + 1.15 * (4 * idWords + valueBytes));
    }
  }
});

test('bytes of a session are whole numbers', () => {
  for (let length = 0; length < 100; length++) assert(Number.isInteger(bytesOfSession(4, length)));
});
