import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CreateLimitedStore, limitedStores } from './limited-stores.js';

/** What every store with limits must do with a session whose value it refuses, and that is to be inactive. */
export function testRefusedValues(name: string, create: CreateLimitedStore): void {
  const { setUp, bytesOf, roomFor } = limitedStores(create);

  test(`${name}: a value that is refused leaves the stored one, which becomes inactive`, () => {
    const { store, clock, sessions } = setUp(roomFor(2));
    sessions.set('a', 'old');
    sessions.set('b', 'old');
    assert.equal(sessions.setInactiveValue('a', 1_000, 'x'.repeat(1_000)), false);
    assert.equal(sessions.setInactiveValue('b', 1_000, 'x'.repeat(1_000)), false);
    assert.equal(sessions.setInactiveValue('unknown', 1_000, 'x'.repeat(1_000)), false);
    clock.jump(999);
    assert.equal(sessions.get('a'), 'old');
    clock.jump(1_000);
    assert.deepEqual(sessions.stored('a', 'b', 'unknown'), ['a']);
    assert.deepEqual([store.counts().refused, store.counts().sets], [3, 2]);
  });

  test(`${name}: a value that is refused moves the end of a session that was inactive`, () => {
    const { clock, sessions } = setUp(roomFor(2));
    sessions.setInactive('a', 1_000);
    sessions.set('b');
    assert.equal(sessions.setInactiveValue('a', 2_000, 'x'.repeat(1_000)), false);
    clock.jump(1_999);
    assert.equal(sessions.get('a'), 'value');
  });

  for (const [limit, limits] of [
    ['sessions', { sessionsMax: 5 }],
    ['bytes', roomFor(5)],
  ] as const) {
    test(`${name}: at the limit of ${limit}, full of sessions whose last set was refused, it takes new ones`, () => {
      const { sessions } = setUp(limits);
      const ids = ['a', 'b', 'c', 'd', 'e'];
      for (const id of ids) assert.equal(sessions.set(id), true);
      const tooLarge = 'x'.repeat(5 * bytesOf('value'));
      const newIds = ['v', 'w', 'x', 'y', 'z'];
      for (const id of newIds) assert.equal(sessions.set(id), false);
      for (const [i, id] of ids.entries()) {
        // With a limit of sessions it fits.
        sessions.setInactiveValue(id, 1_000 + i, tooLarge);
      }
      for (const id of newIds) assert.equal(sessions.set(id), true);
      assert.deepEqual(sessions.stored(...ids), []);
    });
  }
}
