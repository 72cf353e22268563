import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FsyncPolicy } from '../../src/shard/journal/log-writer.js';
import { testSessionStore } from '../conformance/session-store-suite.js';
import { SimulatedDisk } from '../twins/simulated-disk.js';
import { createStore, DAY_MS, DIRECTORY, Journaled } from './journaled.js';

for (const shards of [1, 2, 7]) {
  testSessionStore(`journal store, one of ${shards}`, (clock) => {
    const purgeIntervalMs = 1_000;
    const store = createStore({ disk: new SimulatedDisk(), clock, shard: shards - 1, shards });
    return { store, purgeIntervalMs };
  });
}

describe('JournalStore', () => {
  it('process ends: inactive sessions live as long as they would have, active ones as if closed now', () => {
    const journaled = new Journaled();
    const { store } = journaled;
    store.set(0, 'active', 'one', journaled.inMs(7 * DAY_MS));
    store.setInactiveValue(1, 'inactive', 'two', journaled.inMs(10_000));
    store.set(2, 'fetched', 'three', journaled.inMs(DAY_MS));
    store.setInactive(2, 'fetched', journaled.inMs(10_000));
    store.get(2, 'fetched', journaled.inMs(7 * DAY_MS));
    journaled.commit();
    journaled.clock.advance(9_999);
    journaled.restartProcess();
    assert.equal(journaled.store.size, 3);
    journaled.clock.advance(1);
    assert.equal(journaled.store.get(1, 'inactive', 0), undefined);
    journaled.clock.advance(DAY_MS - 2);
    journaled.restartProcess();
    assert.equal(journaled.store.size, 2);
    journaled.clock.advance(1);
    assert.equal(journaled.store.get(0, 'active', 0), undefined);
    assert.equal(journaled.store.get(2, 'fetched', 0), undefined);
  });

  it('value that is refused: the session is inactive after the worker ended, too', () => {
    const limits = { sessionsMax: 2, bytesMax: 1_000, overflow: 'evict-inactive' } as const;
    const journaled = new Journaled({ limits });
    journaled.store.set(0, 'a', 'one', journaled.inMs(7 * DAY_MS));
    journaled.store.set(0, 'b', 'two', journaled.inMs(7 * DAY_MS));
    const tooLarge = 'x'.repeat(1_000);
    assert.equal(journaled.store.setInactiveValue(0, 'a', tooLarge, journaled.inMs(10)), false);
    assert.equal(journaled.store.setInactiveValue(0, 'c', tooLarge, journaled.inMs(10)), false);
    journaled.commit();
    journaled.restartWorker();
    assert.equal(journaled.store.set(0, 'c', 'three', journaled.inMs(7 * DAY_MS)), true);
    const isStored = (id: string) => journaled.store.delete(0, id);
    assert.deepEqual(['a', 'b', 'c'].map(isStored), [false, true, true]);
  });

  it('worker ends, process goes on: active sessions stay active until their lease ends', () => {
    const journaled = new Journaled();
    journaled.store.set(0, 'active', 'one', journaled.inMs(7 * DAY_MS));
    journaled.store.setInactiveValue(1, 'inactive', 'two', journaled.inMs(10_000));
    journaled.commit();
    journaled.clock.advance(2 * DAY_MS);
    journaled.restartWorker();
    assert.deepEqual([journaled.store.size, journaled.store.counts().expired], [1, 0]);
    journaled.clock.advance(5 * DAY_MS - 1);
    assert.equal(journaled.store.get(0, 'active', journaled.inMs(5)), 'one');
  });

  it('worker ends after process ended: sessions that were active before the process are not', () => {
    const journaled = new Journaled();
    journaled.store.set(0, 'active', 'one', journaled.inMs(7 * DAY_MS));
    journaled.commit();
    journaled.restartProcess().restartWorker();
    journaled.clock.advance(DAY_MS);
    assert.equal(journaled.store.get(0, 'active', 0), undefined);
  });

  it('expired while active: neither a process that starts nor one after it gives it another life', () => {
    const journaled = new Journaled();
    journaled.store.set(0, 'active', 'one', journaled.inMs(10));
    journaled.commit();
    journaled.clock.advance(10);
    assert.equal(journaled.store.get(0, 'active', journaled.inMs(10)), undefined);
    for (let process = 0; process < 2; process++) {
      journaled.restartProcess();
      assert.equal(journaled.store.get(0, 'active', journaled.inMs(10)), undefined);
    }
  });

  it('expired, then set inactive: does not come back', () => {
    const journaled = new Journaled();
    journaled.store.setInactiveValue(0, 'inactive', 'one', journaled.inMs(10));
    journaled.clock.advance(10);
    journaled.store.setInactive(0, 'inactive', journaled.inMs(10));
    journaled.commit();
    journaled.restartWorker();
    assert.equal(journaled.store.get(0, 'inactive', journaled.inMs(10)), undefined);
  });

  it('evicted, deleted and cleared sessions do not come back', () => {
    const limits = { sessionsMax: 2, bytesMax: 1e9, overflow: 'evict-inactive' } as const;
    const journaled = new Journaled({ limits });
    const { store } = journaled;
    for (const [slot, id] of ['a', 'b', 'c'].entries()) {
      store.setInactiveValue(slot, id, id, journaled.inMs(1_000 + slot));
    }
    store.delete(1, 'b');
    journaled.commit();
    journaled.restartProcess();
    assert.deepEqual(
      ['a', 'b', 'c'].map((id, slot) => journaled.store.get(slot, id, journaled.inMs(9))),
      [undefined, undefined, 'c'],
    );
    journaled.store.clear();
    journaled.commit();
    assert.equal(journaled.restartProcess().store.size, 0);
  });

  it('more was stored than the limits allow now: the inactive nearest to expiry are given up', () => {
    const journaled = new Journaled();
    for (let i = 0; i < 10; i++) {
      journaled.store.setInactiveValue(i, `id-${i}`, 'value', journaled.inMs(1_000 + i));
    }
    journaled.commit();
    const { clock } = journaled;
    const limits = { sessionsMax: 4, bytesMax: 1e9, overflow: 'reject' } as const;
    const disk = journaled.disk.afterKill();
    const store = createStore({ disk, clock, limits });
    assert.deepEqual([store.size, store.counts().evictedForSessions], [4, 6]);
    assert.equal(store.get(9, 'id-9', clock.now() + 1), 'value');
    assert.equal(store.get(5, 'id-5', clock.now() + 1), undefined);
  });

  it('messages that were appended come back, and none is after a refused one', () => {
    const limits = { sessionsMax: 9, bytesMax: 2_000, overflow: 'reject' } as const;
    const journaled = new Journaled({ limits });
    const { store } = journaled;
    store.setInactiveValue(0, 'id', 'head:', journaled.inMs(DAY_MS));
    assert.equal(store.amend(0, 'id', 'head', 'one'), true);
    assert.equal(store.amend(0, 'id', 'other', 'two'), true);
    assert.equal(store.amend(0, 'id', 'head', 'x'.repeat(3_000)), false);
    assert.equal(store.amend(0, 'unknown', 'head', 'three'), true);
    journaled.commit();
    journaled.restartProcess();
    assert.equal(journaled.store.amend(0, 'id', 'head', 'late'), false);
    assert.equal(journaled.store.get(0, 'id', journaled.inMs(1)), 'head:one');
  });

  for (const fsync of ['always', 'everysec', 'never'] satisfies FsyncPolicy[]) {
    it(`${fsync}: compaction in the midst of changes loses nothing, and leaves one log and one snapshot`, async () => {
      const journaled = new Journaled({ fsync });
      const { store, disk } = journaled;
      const value = 'v'.repeat(1_000);
      for (let round = 0; round < 12; round++) {
        for (let i = 0; i < 1_000; i++) {
          store.setInactiveValue(i, `id-${i}`, `${round} ${value}`, journaled.inMs(DAY_MS));
        }
        journaled.commit();
        if (round > 5) await journaled.settle();
      }
      for (let i = 0; i < 10; i++) await journaled.settle();
      const names = disk.list(DIRECTORY).sort();
      assert.equal(names.length, 2, names.join());
      assert.match(names.join(), /^shard-0\.(\d+)\.log,shard-0\.\1\.snapshot$/);
      journaled.restartProcess();
      assert.equal(journaled.store.size, 1_000);
      for (let i = 0; i < 1_000; i++) {
        assert.equal(journaled.store.get(i, `id-${i}`, journaled.inMs(9)), `11 ${value}`);
      }
    });
  }
});
