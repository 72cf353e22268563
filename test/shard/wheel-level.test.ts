import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  BUCKETS,
  BUCKETS_PER_LEVEL,
  bucketAt,
  bucketFor,
  LEVELS,
  spanOf,
  TICKS_AHEAD_MAX,
  tickOfBucket,
} from '../../src/shard/wheel-level.js';

const HOUR = 3_600;
const DAY = 24 * HOUR;

test('spans are powers of 64', () => {
  const spans = Array.from({ length: LEVELS }, (_, level) => spanOf(level));
  assert.deepEqual(spans, [1, 64, 4_096, 262_144, 16_777_216, 1_073_741_824]);
  assert.throws(() => spanOf(LEVELS), { name: 'RangeError', message: /below 6, got 6/ });
});

test('levels of a wheel with ticks of a second reach as far as its comment says', () => {
  const reach = (level: number) => spanOf(level) * BUCKETS_PER_LEVEL;
  assert.equal(reach(0), 64);
  assert.equal(Math.round(reach(1) / 60), 68);
  assert.equal(Math.round(reach(2) / DAY), 3);
  assert.equal(Math.round(reach(3) / DAY), 194);
  assert.equal(Math.round(reach(4) / (365.25 * DAY)), 34);
  assert.equal(Math.round(reach(5) / (365.25 * DAY)), 2_178);
});

test('bucketFor: table', () => {
  const table: [tick: number, current: number, level: number, position: number][] = [
    [1, 0, 0, 1],
    [63, 0, 0, 63],
    [64, 0, 1, 1],
    [64, 63, 1, 1],
    [65, 64, 0, 1],
    [4_095, 0, 1, 63],
    [4_096, 0, 2, 1],
    [4_096 + 130, 4_096, 1, 2],
    [262_144, 262_143, 3, 1],
    [2 ** 36, 0, 5, 0],
    [2 ** 36 + 2 ** 30, 2 ** 36 - 1, 5, 1],
    [0, -1, 5, 0],
    [-1, -2, 0, 63],
    [-65, -100, 0, 63],
    [-64, -129, 1, 63],
  ];
  for (const [tick, current, level, position] of table) {
    const expected = level * BUCKETS_PER_LEVEL + position;
    assert.equal(bucketFor(tick, current), expected, `tick ${tick} seen from ${current}`);
  }
});

test('tickOfBucket: table', () => {
  const table: [level: number, position: number, current: number, tick: number][] = [
    [0, 1, 0, 1],
    [0, 0, 0, 64],
    [0, 63, 63, 127],
    [1, 1, 0, 64],
    [1, 1, 64, 64 + 4_096],
    [1, 0, 1, 4_096],
    [5, 0, 0, 2 ** 36],
    [0, 63, -2, -1],
    [1, 0, -1, 0],
  ];
  for (const [level, position, current, tick] of table) {
    const bucket = level * BUCKETS_PER_LEVEL + position;
    assert.equal(tickOfBucket(bucket, current), tick, `bucket ${bucket} seen from ${current}`);
  }
});

const anyTick = fc.oneof(
  fc.integer({ min: -10_000, max: 10_000 }),
  fc.integer({ min: -(2 ** 37), max: 2 ** 40 }),
);
const anyAhead = fc.oneof(
  fc.integer({ min: 1, max: 5_000 }),
  fc.integer({ min: 1, max: TICKS_AHEAD_MAX }),
);

test('a bucket is reached after now, and at the tick of each of its entries or before', () => {
  fc.assert(
    fc.property(anyTick, anyAhead, (current, ahead) => {
      const tick = current + ahead;
      const bucket = bucketFor(tick, current);
      assert(bucket >= 0 && bucket < BUCKETS);
      const reached = tickOfBucket(bucket, current);
      assert(reached > current && reached <= tick);
    }),
    { numRuns: 20_000 },
  );
});

test('a bucket is still reached in time after the wheel has moved back', () => {
  const anyBack = fc.oneof(fc.nat(5_000), fc.nat(2 ** 37));
  fc.assert(
    fc.property(anyTick, anyAhead, anyBack, (current, ahead, back) => {
      const reached = tickOfBucket(bucketFor(current + ahead, current), current - back);
      assert(reached > current - back && reached <= current + ahead);
    }),
    { numRuns: 20_000 },
  );
});

test('the wheel finds at a tick the bucket that is due at it', () => {
  fc.assert(
    fc.property(anyTick, fc.nat(BUCKETS - 1), (current, bucket) => {
      const tick = tickOfBucket(bucket, current);
      const level = Math.floor(bucket / BUCKETS_PER_LEVEL);
      assert(tick % spanOf(level) === 0);
      assert.equal(bucketAt(level, tick), bucket);
    }),
    { numRuns: 20_000 },
  );
});
