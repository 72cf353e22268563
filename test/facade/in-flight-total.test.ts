import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InFlightTotal } from '../../src/facade/in-flight-total.js';

/** Shards that take what there is room for. */
function setUp(bytesMax: number, shards: number) {
  const total = new InFlightTotal(bytesMax, shards);
  const shares = new Array<number>(shards).fill(0);
  const shareOf = (shard: number) => shares[shard] ?? 0;
  const take = (shard: number, bytes: number): boolean => {
    if (!total.hasRoom(shareOf(shard), bytes)) return false;
    total.add(bytes);
    shares[shard] = shareOf(shard) + bytes;
    return true;
  };
  const fill = (shard: number): void => {
    for (let bytes = 0; bytes <= bytesMax && take(shard, 1); bytes++);
  };
  const giveBack = (shard: number, bytes: number): void => {
    total.add(-bytes);
    shares[shard] = shareOf(shard) - bytes;
  };
  return { total, take, fill, giveBack, shareOf };
}

test('single shard has all of the total', () => {
  const { total, fill } = setUp(100, 1);
  fill(0);
  assert.equal(total.bytes, 100);
});

test('shard that comes first leaves each of the others its part', () => {
  for (const shards of [2, 7, 1_000]) {
    const part = 1_000_000 / (4 * shards);
    const { total, fill, shareOf } = setUp(1_000_000, shards);
    for (let shard = 0; shard < shards; shard++) fill(shard);
    assert(shareOf(0) >= 750_000);
    for (let shard = 1; shard < shards; shard++) assert(shareOf(shard) >= Math.floor(part));
    assert(total.bytes <= 1_000_000);
  }
});

test('session that is larger than a part gets through alone, and not above the total', () => {
  const { total, take, fill } = setUp(1_000, 10);
  fill(0);
  assert.equal(take(1, 1_001 - total.bytes), false);
  assert.equal(take(1, 1_000 - total.bytes), true);
  assert.deepEqual([take(1, 1), take(2, 1)], [false, true]);
  assert.equal(setUp(1_000, 10).take(0, 1_001), false);
});

test('without a limit there is always room', () => {
  const { take } = setUp(Number.POSITIVE_INFINITY, 7);
  for (const bytes of [1, 2 ** 40, Number.MAX_SAFE_INTEGER]) assert.equal(take(3, bytes), true);
});

test('whatever shards take and give back, they have at most a quarter more than the total', () => {
  const steps = fc.array(fc.tuple(fc.nat(6), fc.integer({ min: 1, max: 600 }), fc.boolean()));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), steps, (shards, all) => {
      const { total, take, giveBack, shareOf } = setUp(1_000, shards);
      for (const [at, bytes, gives] of all) {
        const shard = at % shards;
        if (gives) giveBack(shard, Math.min(bytes, shareOf(shard)));
        else take(shard, bytes);
        assert(total.bytes >= 0);
        assert(total.bytes <= 1_250);
      }
    }),
  );
});
