import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CreateLimitedStore, limitedStores } from './limited-stores.js';

/** What every store must do that keeps limits; each such store runs it. */
export function testStoreLimits(name: string, create: CreateLimitedStore): void {
  const { setUp, bytesOf, roomFor } = limitedStores(create);

  for (const [limit, limits, counter] of [
    ['sessions', { sessionsMax: 3 }, 'evictedForSessions'],
    ['bytes', roomFor(3), 'evictedForBytes'],
  ] as const) {
    test(`${name}: at the limit of ${limit} the inactive session nearest to expiry goes`, () => {
      const { store, sessions } = setUp(limits);
      sessions.setInactive('a', 3_000);
      sessions.setInactive('b', 1_000);
      sessions.setInactive('c', 2_000);
      assert.equal(sessions.set('d'), true);
      assert.equal(sessions.set('e'), true);
      assert.deepEqual(sessions.stored('a', 'b', 'c', 'd', 'e'), ['a', 'd', 'e']);
      const counts = store.counts();
      assert.equal(counts[counter], 2);
      assert.equal(counts.evictedForSessions + counts.evictedForBytes, 2);
      assert.deepEqual([counts.sessions, counts.sets, counts.refused], [3, 5, 0]);
    });

    test(`${name}: at the limit of ${limit} an active session never goes`, () => {
      const { store, sessions } = setUp(limits);
      for (const id of ['a', 'b', 'c']) sessions.set(id);
      assert.equal(sessions.set('d'), false);
      assert.deepEqual(sessions.stored('a', 'b', 'c', 'd'), ['a', 'b', 'c']);
      const { refused, sets } = store.counts();
      assert.deepEqual({ refused, sets }, { refused: 1, sets: 3 });
    });

    test(`${name}: at the limit of ${limit} get and set save a session from going`, () => {
      const { sessions } = setUp(limits);
      for (const id of ['a', 'b', 'c']) sessions.setInactive(id, 1_000);
      sessions.get('a');
      sessions.set('b');
      assert.equal(sessions.set('d'), true);
      assert.deepEqual(sessions.stored('a', 'b', 'c', 'd'), ['a', 'b', 'd']);
    });

    test(`${name}: at the limit of ${limit} 'reject' gives nothing up`, () => {
      const { store, sessions } = setUp({ ...limits, overflow: 'reject' });
      for (const id of ['a', 'b', 'c']) sessions.setInactive(id, 1_000);
      assert.equal(sessions.set('d'), false);
      assert.equal(store.delete(0, 'b'), true);
      assert.equal(sessions.set('d'), true);
      assert.deepEqual(sessions.stored('a', 'b', 'c', 'd'), ['a', 'c', 'd']);
      assert.equal(store.counts().refused, 1);
    });

    for (const overflow of ['evict-inactive', 'reject'] as const) {
      test(`${name}: at the limit of ${limit} '${overflow}' frees what has expired`, () => {
        const { store, clock, sessions } = setUp({ ...limits, overflow });
        sessions.setInactive('a', 2_000);
        sessions.setInactive('b', 1_000);
        sessions.set('c');
        clock.jump(1_000);
        assert.equal(sessions.set('d'), true);
        assert.deepEqual(sessions.stored('a', 'b', 'c', 'd'), ['a', 'c', 'd']);
        const { expired, evictedForBytes, evictedForSessions, refused } = store.counts();
        assert.deepEqual(
          { expired, evictedForBytes, evictedForSessions, refused },
          { expired: 1, evictedForBytes: 0, evictedForSessions: 0, refused: 0 },
        );
      });
    }

    test(`${name}: at the limit of ${limit} the order is exact after the clock went back`, () => {
      const { clock, sessions } = setUp(limits);
      sessions.setInactive('a', 1_000);
      clock.jump(-500);
      sessions.setInactive('b', 1_000);
      clock.jump(499);
      sessions.setInactive('c', 1_000);
      sessions.set('d');
      sessions.set('e');
      assert.deepEqual(sessions.stored('a', 'b', 'c', 'd', 'e'), ['a', 'd', 'e']);
    });
  }

  test(`${name}: as many go as the larger value needs, and no more`, () => {
    const large = 'x'.repeat(Math.floor(1.5 * bytesOf('value')));
    const { store, sessions } = setUp(roomFor(5));
    for (const [i, id] of ['a', 'b', 'c', 'd', 'e'].entries()) sessions.setInactive(id, 1_000 + i);
    assert.equal(sessions.set('e', large), true);
    assert.deepEqual(sessions.stored('a', 'b', 'c', 'd', 'e'), ['c', 'd', 'e']);
    assert.equal(store.counts().evictedForBytes, 2);
  });

  test(`${name}: a session never goes to make room for itself`, () => {
    const { store, sessions } = setUp(roomFor(2));
    sessions.setInactive('a', 1_000);
    sessions.set('b');
    assert.equal(sessions.set('a', 'x'.repeat(100)), false);
    assert.equal(sessions.amend('a', 'x'.repeat(100)), false);
    assert.deepEqual(sessions.stored('a', 'b'), ['a', 'b']);
    assert.equal(store.counts().refused, 2);
  });

  test(`${name}: none goes when even all would not be enough`, () => {
    const { store, sessions } = setUp(roomFor(4));
    for (const id of ['a', 'b', 'c']) sessions.setInactive(id, 1_000);
    sessions.set('d');
    assert.equal(sessions.set('e', 'x'.repeat(4 * bytesOf('value'))), false);
    assert.equal(sessions.set('a', 'x'.repeat(4 * bytesOf('value'))), false);
    assert.deepEqual(sessions.stored('a', 'b', 'c', 'd'), ['a', 'b', 'c', 'd']);
    assert.equal(store.counts().evictedForBytes, 0);
  });

  test(`${name}: a set that is refused leaves value, deadline and inactivity as they were`, () => {
    const { store, clock, sessions } = setUp(roomFor(2));
    sessions.setInactive('a', 1_000);
    sessions.set('b');
    const before = store.counts();
    assert.equal(sessions.set('a', 'x'.repeat(1_000)), false);
    assert.deepEqual(store.counts(), { ...before, refused: 1 });
    // Still inactive, so it goes for another.
    assert.equal(sessions.set('c'), true);
    assert.deepEqual(sessions.stored('a', 'b', 'c'), ['b', 'c']);
    store.delete(0, 'c');
    sessions.setInactive('a', 1_000, 'other');
    assert.equal(sessions.set('a', 'x'.repeat(1_000)), false);
    clock.jump(999);
    assert.equal(sessions.get('a'), 'other');
    sessions.setInactive('a', 1_000);
    assert.equal(sessions.set('a', 'x'.repeat(1_000)), false);
    clock.jump(1_000);
    assert.equal(sessions.get('a'), undefined);
  });

  test(`${name}: a value that becomes smaller always fits`, () => {
    const { sessions } = setUp({ ...roomFor(2), overflow: 'reject' });
    sessions.set('a');
    sessions.set('b');
    assert.equal(sessions.set('a', 'v'), true);
    assert.equal(sessions.set('a', 'value'), true);
    assert.equal(sessions.set('a', 'value+'), false);
    assert.deepEqual([sessions.get('a'), sessions.get('b')], ['value', 'value']);
  });

  test(`${name}: amend makes room, also for an inactive session, which stays so`, () => {
    const { store, sessions } = setUp(roomFor(4));
    for (const [i, id] of ['a', 'b', 'c', 'd'].entries()) sessions.setInactive(id, 1_000 + i);
    assert.equal(sessions.amend('a', '+'), true);
    assert(store.counts().evictedForBytes > 0);
    assert.equal(sessions.get('b'), undefined);
    const isStored = (id: string) => store.delete(0, id);
    for (let i = 0; i < 4; i++) assert.equal(sessions.set(`${i}`), true);
    assert.deepEqual(['a', 'c', 'd', '0', '1', '2', '3'].filter(isStored), ['0', '1', '2', '3']);
  });

  test(`${name}: amend without room ends the value, until the next set`, () => {
    const { store, sessions } = setUp({ ...roomFor(2, 500), overflow: 'reject' });
    sessions.set('a');
    assert.equal(sessions.amend('a', '+1'), true);
    assert.equal(sessions.amend('a', 'x'.repeat(2_000)), false);
    assert.equal(sessions.amend('a', '+2'), false);
    assert.equal(sessions.get('a'), 'value+1');
    assert.equal(sessions.amend('a', '+2'), false);
    assert.equal(store.counts().refused, 3);
    sessions.set('a');
    assert.equal(sessions.amend('a', '+2'), true);
    assert.equal(sessions.get('a'), 'value+2');
  });

  test(`${name}: set over a session that has expired counts it, and stores a new one`, () => {
    const { store, clock, sessions } = setUp({ sessionsMax: 1 });
    sessions.setInactive('a', 1_000, 'first');
    clock.jump(1_000);
    assert.equal(sessions.set('a', 'second'), true);
    assert.equal(sessions.get('a'), 'second');
    const { expired, sessions: held, sets, refused } = store.counts();
    assert.deepEqual(
      { expired, held, sets, refused },
      { expired: 1, held: 1, sets: 2, refused: 0 },
    );
  });

  test(`${name}: a store that was cleared has all its room again`, () => {
    const { store, sessions } = setUp(roomFor(3));
    for (let round = 0; round < 3; round++) {
      for (const id of ['a', 'b', 'c']) sessions.setInactive(id, 1_000);
      assert.equal(store.counts().evictedForBytes, 0);
      store.clear();
    }
    sessions.set('a');
    sessions.setInactive('b', 1_000);
    assert.equal(sessions.set('c', 'x'.repeat(2 * bytesOf('value'))), false);
    assert.deepEqual(sessions.stored('a', 'b', 'c'), ['a', 'b']);
  });

  test(`${name}: of 1,000 that expire together exactly as many go as must`, () => {
    const { store, sessions } = setUp({ sessionsMax: 1_000 });
    for (let i = 0; i < 1_000; i++) sessions.setInactive(`old ${i}`, 1_000);
    for (let i = 0; i < 400; i++) sessions.set(`new ${i}`);
    assert.deepEqual([store.size, store.counts().evictedForSessions], [1_000, 400]);
    for (let i = 0; i < 400; i++) assert.equal(sessions.get(`new ${i}`), 'value');
  });
}
