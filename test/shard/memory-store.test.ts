import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Rows } from '../../src/shard/column.js';
import { MemoryStore } from '../../src/shard/memory-store.js';
import { SLOT_COUNT, slotsOfShard } from '../../src/slots.js';
import { testSessionStore } from '../conformance/session-store-suite.js';
import { ManualClock } from '../twins/manual-clock.js';

for (const shards of [1, 2, 7]) {
  testSessionStore(`memory store, one of ${shards}`, (clock) => {
    const purgeIntervalMs = 1_000;
    const store = new MemoryStore({ shard: shards - 1, shards, purgeIntervalMs, clock });
    return { store, purgeIntervalMs };
  });
}

for (const shards of [1, 2, 7, SLOT_COUNT]) {
  test(`memory store of each of ${shards} shards has every slot that is its own`, () => {
    const clock = new ManualClock();
    for (const shard of [0, shards - 1]) {
      const store = new MemoryStore({ shard, shards, purgeIntervalMs: 1_000, clock });
      const slots = slotsOfShard(shard, shards);
      for (let slot = 0; slot < slots; slot++) store.set(slot, 'id', `${slot}`, clock.now() + 1);
      assert.equal(store.size, slots);
      for (let slot = 0; slot < slots; slot++) {
        assert.equal(store.get(slot, 'id', clock.now() + 1), `${slot}`);
      }
    }
  });
}

test('memory store uses the room of sessions that are gone for new ones', () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ shard: 0, shards: 1, purgeIntervalMs: 1_000, clock });
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i < 1_000; i++) {
      store.set(0, `${round}:${i}`, `value ${round}:${i}`, clock.now() + 10_000);
    }
    for (let i = 0; i < 1_000; i++) {
      assert.equal(store.get(0, `${round}:${i}`, clock.now() + 10_000), `value ${round}:${i}`);
      assert.equal(store.delete(0, `${round}:${i}`), true);
    }
  }
  assert.equal(store.counts().bytes, 0);
});

test('session that is set when the clock has just gone back is freed in time', () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ shard: 0, shards: 1, purgeIntervalMs: 100, clock });
  clock.jump(900_000);
  store.purge(1_000);
  clock.jump(-800_000);
  store.set(0, 'a', 'value', clock.now() + 1_000);
  clock.jump(1_100);
  store.purge(1_000);
  assert.equal(store.size, 0);
});

test('memory store that is cleared clears its rows once, and is used on', () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ shard: 0, shards: 1, purgeIntervalMs: 100, clock });
  const setBoth = () => {
    store.set(0, 'active', 'one', clock.now() + 1_000);
    store.setInactiveValue(0, 'inactive', 'two', clock.now() + 1_000);
  };
  setBoth();
  const clear = mock.method(Rows.prototype, 'clear');
  store.clear();
  assert.equal(clear.mock.callCount(), 1);
  clear.mock.restore();
  setBoth();
  assert.equal(store.size, 2);
  clock.jump(1_000);
  while (store.purge(1_000) === 0);
  assert.deepEqual([store.size, store.counts().expired], [0, 2]);
});
