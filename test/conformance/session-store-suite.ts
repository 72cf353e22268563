import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SessionStore } from '../../src/shard/session-store.js';
import { ManualClock } from '../twins/manual-clock.js';
import { StoreModel } from './store-model.js';

const SLOTS = 3;
const FAR_MS = 86_400_000;

export interface StoreUnderTest {
  readonly store: SessionStore;
  readonly purgeIntervalMs: number;
}

export type CreateStore = (clock: ManualClock) => StoreUnderTest;

/** What every store must do; each store runs it. */
export function testSessionStore(name: string, create: CreateStore): void {
  const setUp = () => {
    const clock = new ManualClock();
    return { clock, inMs: (ms: number) => clock.now() + ms, ...create(clock) };
  };

  test(`${name}: get of an unknown id is undefined and a miss`, () => {
    const { store, inMs } = setUp();
    assert.equal(store.get(0, 'a', inMs(FAR_MS)), undefined);
    assert.equal(store.counts().misses, 1);
  });

  test(`${name}: get after set gives the value, and a hit`, () => {
    const { store, inMs } = setUp();
    store.set(0, 'a', 'value', inMs(FAR_MS));
    assert.equal(store.get(0, 'a', inMs(FAR_MS)), 'value');
    assert.equal(store.size, 1);
    const { hits, sets, sessions } = store.counts();
    assert.deepEqual({ hits, sets, sessions }, { hits: 1, sets: 1, sessions: 1 });
  });

  test(`${name}: set again replaces the value`, () => {
    const { store, inMs } = setUp();
    store.set(0, 'a', 'first', inMs(FAR_MS));
    store.set(0, 'a', 'second', inMs(FAR_MS));
    assert.equal(store.get(0, 'a', inMs(FAR_MS)), 'second');
    assert.equal(store.size, 1);
  });

  test(`${name}: an id is its own, whatever it looks like`, () => {
    const { store, inMs } = setUp();
    const ids = ['__proto__', 'constructor', 'a', 'a\0', '\ud800', '\udfff', '\u{1f600}', 'é', 'é'];
    for (const id of ids) store.set(0, id, `value of ${ids.indexOf(id)}`, inMs(FAR_MS));
    for (const id of ids) {
      assert.equal(store.get(0, id, inMs(FAR_MS)), `value of ${ids.indexOf(id)}`);
    }
  });

  test(`${name}: values of all byte values and sizes come back`, () => {
    const { store, inMs } = setUp();
    const allBytes = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    for (const value of ['x', allBytes, allBytes.repeat(4_096)]) {
      store.set(1, 'a', value, inMs(FAR_MS));
      assert.equal(store.get(1, 'a', inMs(FAR_MS)), value);
    }
  });

  test(`${name}: a session is never returned from its deadline on, purged or not`, () => {
    const { store, clock, inMs } = setUp();
    store.set(0, 'a', 'value', inMs(500));
    clock.jump(499);
    assert.equal(store.get(0, 'a', inMs(500)), 'value');
    clock.jump(500);
    assert.equal(store.get(0, 'a', inMs(500)), undefined);
    const { hits, misses, expired, sessions } = store.counts();
    assert.deepEqual(
      { hits, misses, expired, sessions },
      { hits: 1, misses: 1, expired: 1, sessions: 0 },
    );
  });

  test(`${name}: get makes active, so the new deadline counts`, () => {
    const { store, clock, inMs } = setUp();
    store.set(0, 'a', 'value', inMs(1_000));
    store.setInactive(0, 'a', inMs(1_000));
    store.get(0, 'a', inMs(50_000));
    clock.jump(49_999);
    assert.equal(store.get(0, 'a', inMs(1)), 'value');
  });

  test(`${name}: setInactive moves the deadline, earlier as well`, () => {
    const { store, clock, inMs } = setUp();
    store.set(0, 'a', 'value', inMs(FAR_MS));
    store.setInactive(0, 'a', inMs(2_000));
    clock.jump(2_000);
    assert.equal(store.get(0, 'a', inMs(FAR_MS)), undefined);
  });

  test(`${name}: setInactive of an unknown or expired id does nothing`, () => {
    const { store, clock, inMs } = setUp();
    store.setInactive(0, 'a', inMs(1_000));
    store.set(0, 'b', 'value', inMs(1_000));
    clock.jump(1_000);
    store.setInactive(0, 'b', inMs(1_000));
    assert.equal(store.size, 0);
    assert.equal(store.get(0, 'b', inMs(1_000)), undefined);
  });

  test(`${name}: amend appends while the value is the one it names`, () => {
    const { store, inMs } = setUp();
    store.set(0, 'a', 'head1:value', inMs(FAR_MS));
    store.amend(0, 'a', 'head1:', '+1');
    store.amend(0, 'a', 'head1:', '+2');
    store.amend(0, 'a', 'head0:', '+3');
    assert.equal(store.get(0, 'a', inMs(FAR_MS)), 'head1:value+1+2');
    store.amend(0, 'a', 'head1:', '+3');
    assert.equal(store.get(0, 'a', inMs(FAR_MS)), 'head1:value+1+2+3');
    store.set(0, 'a', 'head2:value', inMs(FAR_MS));
    store.amend(0, 'a', 'head1:', '+4');
    assert.equal(store.get(0, 'a', inMs(FAR_MS)), 'head2:value');
  });

  test(`${name}: amend creates nothing, and revives nothing`, () => {
    const { store, clock, inMs } = setUp();
    store.amend(0, 'a', '', '+1');
    store.set(0, 'b', 'value', inMs(1_000));
    clock.jump(1_000);
    store.amend(0, 'b', '', '+1');
    assert.equal(store.size, 0);
  });

  test(`${name}: amend does not move the deadline`, () => {
    const { store, clock, inMs } = setUp();
    store.set(0, 'a', 'value', inMs(1_000));
    clock.jump(999);
    store.amend(0, 'a', 'value', '+1');
    clock.jump(1);
    assert.equal(store.get(0, 'a', inMs(1_000)), undefined);
  });

  test(`${name}: delete removes, and says whether there was one`, () => {
    const { store, clock, inMs } = setUp();
    store.set(0, 'a', 'value', inMs(1_000));
    assert.equal(store.delete(0, 'a'), true);
    assert.equal(store.delete(0, 'a'), false);
    assert.equal(store.get(0, 'a', inMs(1_000)), undefined);
    store.set(0, 'b', 'value', inMs(1_000));
    clock.jump(1_000);
    assert.equal(store.delete(0, 'b'), false);
  });

  test(`${name}: clear removes all, and the store is used on`, () => {
    const { store, clock, inMs, purgeIntervalMs } = setUp();
    for (let i = 0; i < 10_000; i++) store.set(i % SLOTS, `${i}`, 'value', inMs(1_000 + i));
    store.clear();
    assert.equal(store.size, 0);
    assert.equal(store.counts().bytes, 0);
    store.set(0, '7', 'again', inMs(5_000));
    assert.equal(store.get(0, '7', inMs(5_000)), 'again');
    clock.jump(5_000 + purgeIntervalMs);
    purgeFully(store);
    assert.equal(store.counts().sessions, 0);
    assert.equal(store.counts().expired, 1);
  });

  test(`${name}: purge frees what has expired within an interval, and nothing else`, () => {
    const { store, clock, inMs, purgeIntervalMs } = setUp();
    for (let i = 0; i < 1_000; i++) store.set(i % SLOTS, `${i}`, 'value', inMs(1 + i * 10));
    clock.jump(5_000 + purgeIntervalMs);
    purgeFully(store);
    // Deadlines 1, 11 ... 4,991 have been passed for an interval; later ones perhaps not.
    const upTo = (ms: number) => Math.floor((ms - 1) / 10) + 1;
    assert(store.size <= 1_000 - upTo(5_000));
    assert(store.size >= 1_000 - upTo(5_000 + purgeIntervalMs));
    for (let i = upTo(5_000 + purgeIntervalMs); i < 1_000; i++) {
      assert.equal(store.get(i % SLOTS, `${i}`, inMs(FAR_MS)), 'value');
    }
  });

  test(`${name}: purge works in steps, and says when to come again`, () => {
    const { store, clock, inMs, purgeIntervalMs } = setUp();
    for (let i = 0; i < 100; i++) store.set(0, `${i}`, 'value', inMs(1_000));
    clock.jump(1_000 + purgeIntervalMs);
    assert.equal(store.purge(30), 0);
    assert(store.size >= 70);
    purgeFully(store);
    assert.equal(store.size, 0);
    const waitMs = store.purge(30);
    assert(waitMs > 0 && waitMs <= purgeIntervalMs);
  });

  test(`${name}: lifetimes beyond 2^31 ms are kept and ended to the ms`, () => {
    const { store, clock, inMs, purgeIntervalMs } = setUp();
    const lifetimeMs = 2 ** 31 * 20 + 1;
    store.set(0, 'a', 'value', inMs(lifetimeMs));
    clock.jump(lifetimeMs - 1);
    purgeFully(store);
    assert.equal(store.size, 1);
    clock.jump(1 + purgeIntervalMs);
    purgeFully(store);
    assert.equal(store.size, 0);
  });

  test(`${name}: bytes are at least those of ids and values, and end at 0`, () => {
    const { store, inMs } = setUp();
    store.set(0, 'id', 'x'.repeat(100), inMs(FAR_MS));
    const small = store.counts().bytes;
    assert(small >= 102);
    store.set(0, 'id', 'x'.repeat(1_100), inMs(FAR_MS));
    assert(store.counts().bytes >= small + 1_000);
    for (const inactive of [false, true]) {
      if (inactive) store.setInactive(0, 'id', inMs(FAR_MS));
      for (let i = 0; i < 10; i++) store.amend(0, 'id', 'x', 'y'.repeat(50));
      assert(store.counts().bytes >= small + 500);
      store.set(0, 'id', 'x'.repeat(100), inMs(FAR_MS));
      assert.equal(store.counts().bytes, small);
    }
    store.amend(0, 'id', 'x', 'y'.repeat(50));
    store.get(0, 'id', inMs(FAR_MS));
    assert(store.counts().bytes >= small + 50);
    store.amend(0, 'id', 'x', 'y'.repeat(50));
    store.delete(0, 'id');
    assert.equal(store.counts().bytes, 0);
  });

  test(`${name}: any operations give what a plain Map with deadlines gives`, () => {
    fc.assert(
      fc.property(StoreModel.anySteps(SLOTS), (steps) => {
        const { store, clock, purgeIntervalMs } = setUp();
        const model = new StoreModel(store, clock, purgeIntervalMs);
        for (const step of steps) model.apply(step);
        model.checkEnd();
      }),
      { numRuns: 300 },
    );
  });
}

function purgeFully(store: SessionStore): void {
  for (let i = 0; store.purge(100) === 0; i++) assert(i < 100_000, 'a purge comes to its end');
}
