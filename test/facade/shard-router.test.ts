import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionStorageError } from '../../src/errors.js';
import { IN_FLIGHT_BOUNDS } from '../../src/facade/in-flight-bounds.js';
import { ShardRouter } from '../../src/facade/shard-router.js';
import { SEED_BYTES } from '../../src/slots.js';
import { LocalShards } from '../twins/local-shards.js';
import { ManualClock } from '../twins/manual-clock.js';

function setUp(onRefused: () => Promise<void>) {
  const clock = new ManualClock();
  const reported: SessionStorageError[] = [];
  const router = new ShardRouter({
    shards: 2,
    seed: new Uint8Array(SEED_BYTES),
    clock,
    random: () => 0,
    bounds: IN_FLIGHT_BOUNDS,
    startsMax: 2,
    requestTimeoutMs: 2_000,
    starter: new LocalShards({ shards: 2, clock }),
    report: (error) => reported.push(error),
    onUp: () => {},
    onDown: () => {},
    onCounted: () => {},
    onDisk: () => {},
    onConnection: () => {},
    onRefused,
  });
  return { router, reported, clock };
}

const LOCKED = new SessionStorageError('ERR_JOURNAL_LOCKED', 'a test');

test('shards that are refused: ready fails with the reason, and nothing holds the process', async () => {
  const { router, reported, clock } = setUp(async () => {});
  const { ready } = router;
  await router.refuse(LOCKED);
  await assert.rejects(ready, LOCKED);
  assert.deepEqual([reported, clock.holds], [[], 0]);
});

for (const failure of [
  new SessionStorageError('ERR_JOURNAL_UNAVAILABLE', 'a lock that cannot be released'),
  new Error('a bug'),
]) {
  test(`shards that are refused, and then ${failure.name}: ready fails with the reason, the rest is reported`, async () => {
    const { router, reported, clock } = setUp(() => Promise.reject(failure));
    const { ready } = router;
    await router.refuse(LOCKED);
    await assert.rejects(ready, LOCKED);
    assert.equal(reported.length, 1);
    assert(reported[0] === failure || reported[0]?.cause === failure);
    assert.equal(clock.holds, 0);
  });
}
