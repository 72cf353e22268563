import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOfAddition, bytesOfSession } from '../../src/shard/session-bytes.js';

const LENGTHS = [
  0,
  1,
  169,
  16_363,
  16_365,
  32_000,
  85_000,
  86_000,
  126_000,
  131_052,
  131_053,
  2 ** 20,
];

test('bytes of a session are at least those of its id and value, and at most 2.5 times', () => {
  for (const length of LENGTHS) {
    const bytes = bytesOfSession('id', 'x'.repeat(length));
    assert(bytes > 2 + length, `${length}: ${bytes}`);
    assert(bytes < 200 + 2.5 * length, `${length}: ${bytes}`);
  }
});

test('bytes of a session grow with its id', () => {
  assert(bytesOfSession('x'.repeat(100), '') >= 100 + bytesOfSession('', ''));
});

test('a value that leaves a gap in its page takes the gap too', () => {
  const bytesOf = (length: number) => bytesOfSession('id', 'x'.repeat(length));
  // Three of 85,000 fit into a page, of 86,000 only two.
  assert(bytesOf(86_000) > 1.4 * bytesOf(85_000));
  assert(bytesOf(200_000) < 1.3 * 200_000);
});

test('an id with a character beyond Latin-1 takes two bytes for each', () => {
  assert.equal(bytesOfSession('ÿÿ', ''), bytesOfSession('aa', ''));
  assert.equal(bytesOfSession('aĀ', ''), bytesOfSession('aaaa', ''));
});

test('an addition takes more while it is apart than as a part of the value', () => {
  for (const length of LENGTHS) {
    for (const more of LENGTHS) {
      const value = 'x'.repeat(length);
      const addition = 'x'.repeat(more);
      const apart = bytesOfSession('id', value) + bytesOfAddition(length, addition);
      assert(apart > bytesOfSession('id', value + addition), `${length} and ${more}`);
    }
  }
});
