import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClockedShard, SLOTS } from './clocked-shard.js';
import { DAY_MS, DIRECTORY } from './journaled.js';

const HOUR_MS = 3_600_000;

describe('JournalStore, the clock was wrong when the process started', () => {
  for (const shards of [1, 7]) {
    for (const [name, aheadMs] of [
      ['25 hours behind', -25 * HOUR_MS],
      ['in 1970', -50 * 365 * DAY_MS],
      ['5 hours ahead', 5 * HOUR_MS],
      ['30 days ahead', 30 * DAY_MS],
    ] as const) {
      it(`${name}, corrected, ${shards} shards: sessions of before and after live as long as they would have`, async () => {
        const shard = new ClockedShard(aheadMs, shards);
        shard.store.setInactiveValue(0, 'before', 'one', shard.inMs(DAY_MS));
        shard.commit();
        shard.pass(HOUR_MS);
        shard.setClock(0);
        shard.store.setInactiveValue(1, 'after', 'two', shard.inMs(DAY_MS));
        shard.commit();
        await shard.settle();
        shard.pass(HOUR_MS);
        shard.restartProcess();
        assert.deepEqual(shard.lefts, { before: DAY_MS - 2 * HOUR_MS, after: DAY_MS - HOUR_MS });
      });
    }
  }

  it('nothing is done after the correction: it is noticed within a second', async () => {
    const shard = new ClockedShard(-25 * HOUR_MS);
    shard.store.setInactiveValue(0, 'id', 'one', shard.inMs(DAY_MS));
    shard.commit();
    shard.setClock(0);
    shard.pass(1_000);
    await shard.settle();
    shard.restartProcess();
    assert.deepEqual(shard.lefts, { id: DAY_MS - 1_000 });
  });

  it('closed right after the correction: all deadlines are right', () => {
    const shard = new ClockedShard(-25 * HOUR_MS);
    for (let i = 0; i < 1_000; i++) {
      shard.store.setInactiveValue(i % SLOTS, `${i}`, 'one', shard.inMs(DAY_MS));
    }
    shard.commit();
    shard.setClock(0);
    shard.close();
    shard.restartProcess();
    assert.deepEqual(new Set(Object.values(shard.lefts)), new Set([DAY_MS]));
    assert.equal(shard.store.size, 1_000);
  });

  it('what had expired in that process does not come back', async () => {
    const shard = new ClockedShard(25 * HOUR_MS);
    shard.store.setInactiveValue(0, 'expired', 'one', shard.inMs(HOUR_MS));
    shard.commit();
    shard.pass(2 * HOUR_MS);
    shard.store.purge(100);
    shard.setClock(0);
    shard.pass(1_000);
    await shard.settle();
    shard.restartProcess();
    assert.deepEqual(shard.lefts, {});
  });
});

describe('JournalStore, the clock is set while other things go on', () => {
  it('a snapshot is being written: it and the log behind it say the same', async () => {
    const shard = new ClockedShard(0, 256);
    for (let slot = 0; slot < SLOTS; slot++) {
      shard.store.setInactiveValue(slot, `${slot}`, 'one', shard.inMs(3 * HOUR_MS));
    }
    shard.commit();
    shard.pass(HOUR_MS);
    shard.store.compact();
    const isBegun = () => shard.disk.list(DIRECTORY).some((name) => name.endsWith('.tmp'));
    while (!isBegun()) assert.ok(await shard.progress(), 'the snapshot is begun');
    shard.setClock(-2.5 * HOUR_MS);
    shard.store.setInactiveValue(0, '0', 'two', shard.inMs(2 * HOUR_MS));
    shard.commit();
    await shard.settle();
    shard.restartProcess();
    const left = 2 * HOUR_MS;
    assert.deepEqual(shard.lefts, { 0: left, 1: left, 2: left, 3: left });
  });

  it('deadlines are being written: sessions come and go meanwhile, and the clock is set again', async () => {
    const shard = new ClockedShard();
    const sessions = 1_000;
    const set = (i: number) => shard.store.setInactiveValue(0, `${i}`, 'one', shard.inMs(DAY_MS));
    for (let i = 0; i < sessions; i++) set(i);
    shard.commit();
    shard.setClock(-25 * HOUR_MS);
    set(0);
    shard.commit();
    await shard.progress();
    for (let i = 300; i < sessions; i++) {
      if (i % 3 === 0) shard.store.delete(0, `${i}`);
    }
    shard.setClock(HOUR_MS);
    for (let i = 2; i < 100; i++) set(sessions + i);
    shard.commit();
    await shard.settle();
    shard.restartProcess();
    const { lefts } = shard;
    assert.equal(Object.keys(lefts).length, sessions - 234 + 98);
    assert.deepEqual([...new Set(Object.values(lefts))], [DAY_MS]);
  });
});

describe('JournalStore, the clock is set twice within a moment', () => {
  it('deadlines that are still to be written are not taken for those of sessions that have expired', async () => {
    const shard = new ClockedShard();
    const lifeMs = 10 * HOUR_MS + 30_000;
    for (let i = 0; i < 1_000; i++) {
      shard.store.setInactiveValue(0, `${i}`, 'one', shard.inMs(lifeMs));
    }
    shard.commit();
    shard.setClock(10 * HOUR_MS);
    shard.store.setInactive(0, '0', shard.inMs(lifeMs));
    shard.commit();
    // A minute in which the shard is not at work.
    shard.clock.jump(60_000);
    shard.trueMs += 60_000;
    shard.setClock(0);
    shard.store.setInactive(0, '0', shard.inMs(lifeMs - 60_000));
    shard.commit();
    await shard.settle();
    shard.restartProcess();
    assert.equal(shard.store.size, 1_000);
  });
});

describe('JournalStore, a machine that was suspended', () => {
  it('sessions have what they had left, by the clock that then shows the right time', async () => {
    const shard = new ClockedShard();
    shard.store.setInactiveValue(0, 'before', 'one', shard.inMs(2 * HOUR_MS));
    shard.commit();
    shard.suspend(3 * HOUR_MS);
    shard.store.setInactiveValue(1, 'after', 'two', shard.inMs(HOUR_MS));
    shard.commit();
    await shard.settle();
    shard.restartProcess();
    assert.deepEqual(shard.lefts, { before: 2 * HOUR_MS, after: HOUR_MS });
  });
});

describe('JournalStore, one start with a clock far ahead', () => {
  for (const isCorrected of [true, false]) {
    it(`sessions that had expired by it are back at the next start (corrected meanwhile: ${isCorrected})`, async () => {
      const shard = new ClockedShard();
      shard.store.setInactiveValue(0, 'inactive', 'one', shard.inMs(DAY_MS));
      shard.store.set(1, 'active', 'two', shard.inMs(7 * DAY_MS));
      shard.commit();
      shard.restartProcess(30 * DAY_MS);
      assert.deepEqual(shard.lefts, {});
      shard.commit();
      if (isCorrected) shard.setClock(0);
      shard.pass(HOUR_MS / 2);
      await shard.settle();
      shard.restartProcess(0);
      assert.deepEqual(shard.lefts, {
        inactive: DAY_MS - HOUR_MS / 2,
        active: 7 * DAY_MS - HOUR_MS / 2,
      });
    });
  }

  it('a session that is deleted meanwhile does not come back', () => {
    const shard = new ClockedShard();
    shard.store.setInactiveValue(0, 'id', 'one', shard.inMs(DAY_MS));
    shard.commit();
    shard.restartProcess(30 * DAY_MS);
    assert.equal(shard.store.delete(0, 'id'), false);
    shard.commit();
    shard.restartProcess(0);
    assert.deepEqual(shard.lefts, {});
  });

  it('large files are kept for an hour, and then compacted', async () => {
    const shard = new ClockedShard();
    const value = 'v'.repeat(50_000);
    for (let i = 0; i < 100; i++) {
      shard.store.setInactiveValue(0, `${i}`, value, shard.inMs(DAY_MS));
    }
    shard.commit();
    shard.restartProcess(30 * DAY_MS);
    shard.commit();
    await shard.settle();
    const bytes = () => {
      const names = shard.disk.list(DIRECTORY);
      return names.reduce(
        (sum, name) => sum + shard.disk.bytesOf(`${DIRECTORY}/${name}`).length,
        0,
      );
    };
    assert.ok(bytes() > 100 * value.length);
    assert.equal(new Set(Object.keys(shard.restartProcess(0).lefts)).size, 100);
    shard.restartProcess(30 * DAY_MS);
    shard.pass(HOUR_MS + 1);
    shard.commit();
    await shard.settle();
    assert.ok(bytes() < value.length);
  });
});
