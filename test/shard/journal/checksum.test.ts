import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { checksumOf } from '../../../src/shard/journal/checksum.js';

test('checksumOf, any bytes of any length from any start: what zlib says', () => {
  const bytesOf = fc.uint8Array({ maxLength: 300 });
  const before = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const property = fc.property(bytesOf, fc.nat(8), before, (given, start, from) => {
    const bytes = Buffer.concat([Buffer.alloc(start, 7), given, Buffer.alloc(3, 9)]);
    assert.equal(checksumOf(bytes, start, start + given.length, from), crc32(given, from));
  });
  fc.assert(property, { numRuns: 2_000 });
});

test('checksumOf, each length around that from which zlib does it: what zlib says', () => {
  const bytes = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 167) & 0xff));

  for (let end = 1; end <= bytes.length; end++) {
    assert.equal(checksumOf(bytes, 1, end, 0xffffffff), crc32(bytes.subarray(1, end), 0xffffffff));
  }
});
