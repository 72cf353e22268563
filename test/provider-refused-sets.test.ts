import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LINGER_MS } from '../src/facade/flush-schedule.js';
import { IN_FLIGHT_BOUNDS } from '../src/facade/in-flight-bounds.js';
import { createSession, createTestProvider, drainMicrotasks } from './twins/test-provider.js';

const LEASE_MS = 604_800_000;
const LARGE = 'x'.repeat(2_000);

for (const shards of [1, 2, 7]) {
  test(`${shards} shards, full of active sessions: those whose last set is refused make room for others`, async () => {
    const { provider, finish, errorCodes } = createTestProvider({
      shards,
      maxBytes: shards * 20_000,
      maxSessionBytes: 100_000,
    });
    const isRefused = (promise: Promise<void>) =>
      promise.then(
        () => false,
        ({ code }: { code: string }) => code === 'ERR_STORE_FULL',
      );
    const ids: string[] = [];
    for (let i = 0; i < shards * 100; i++) {
      const id = `id ${i}`;
      const session = createSession({ version: 1, filler: LARGE });
      if (!(await finish(isRefused(provider.set(id, session))))) ids.push(id);
    }
    assert(ids.length >= shards * 5, `${ids.length} sessions`);
    // Each has grown; one after the other, as its server would.
    for (const id of ids) {
      const refused = provider.set(id, createSession({ version: 2, filler: LARGE.repeat(10) }));
      const inactive = provider.setInactive(id);
      assert.equal(await finish(isRefused(refused)), true, id);
      assert.equal(await finish(inactive), undefined);
    }
    assert.equal((await finish(provider.get(ids[0] ?? '')))?.get('version'), 1);
    for (const [i, id] of ids.entries()) {
      await finish(provider.set(`new ${i}`, createSession({ id })));
    }
    const { evicted } = await finish(provider.stats());
    assert(evicted > 0);
    await drainMicrotasks();
    assert.deepEqual(errorCodes, []);
  });
}

for (const [what, options, session, code] of [
  ['too large', { maxSessionBytes: 500 }, { value: LARGE }, 'ERR_SESSION_TOO_LARGE'],
  ['not serializable', {}, { value: () => {} }, 'ERR_SESSION_NOT_SERIALIZABLE'],
  ['without room', { maxBytes: 1_000 }, { value: LARGE }, 'ERR_STORE_FULL'],
] as const) {
  test(`set that is ${what}: what is stored becomes inactive, and setInactive resolves`, async () => {
    const { provider, clock, finish } = createTestProvider({
      shards: 1,
      inactiveSessionLifetime: 1_000,
      ...options,
    });
    await finish(provider.set('a', createSession({ version: 1 })));
    const [stored, inactive] = await finish(
      Promise.allSettled([provider.set('a', createSession(session)), provider.setInactive('a')]),
    );
    assert.equal(stored.status === 'rejected' && stored.reason.code, code);
    assert.equal(inactive.status, 'fulfilled');
    clock.jump(1_000);
    assert.equal(await finish(provider.get('a')), undefined);
  });
}

test('set that is done: it and the setInactive behind it resolve, and the value is there', async () => {
  const { provider, clock, finish, shards } = createTestProvider({ shards: 1 });
  await finish(provider.ready);
  const stored = provider.set('a', createSession({ version: 1 }));
  const inactive = provider.setInactive('a');
  assert.notEqual(stored, inactive);
  await finish(Promise.all([stored, inactive]));
  assert.equal((await finish(provider.get('a')))?.get('version'), 1);
  clock.jump(LEASE_MS);
  assert.equal(await finish(provider.get('a')), undefined);
  // One operation.
  assert.equal((shards.port(0).posted[0] as unknown[]).length, 5);
});

test('set that is refused without a listener for it: one error event, and none for its setInactive', async () => {
  const { provider, finish, errorCodes } = createTestProvider({ shards: 1, maxBytes: 1_000 });
  provider.set('a', createSession({ value: LARGE }));
  provider.setInactive('a');
  await finish(provider.flush());
  await drainMicrotasks();
  await drainMicrotasks();
  assert.deepEqual(errorCodes, ['ERR_STORE_FULL']);
});

/** A provider whose only shard has so many sets in flight that it takes no other. */
async function createOverloaded(operationsMax: number) {
  const bounds = { ...IN_FLIGHT_BOUNDS, operationsMax, postedOperationsMax: 2 };
  const options = { shards: 1, inactiveSessionLifetime: 60_000 };
  const test = createTestProvider(options, bounds);
  await test.finish(test.provider.set('stored', createSession()));
  test.shards.port(0).hold();
  for (let i = 0; i < operationsMax; i++) {
    test.provider.set(`${i}`, createSession());
    test.clock.advance(LINGER_MS);
  }
  return test;
}

test('set that is refused as too much is in flight: its setInactive is let in', async () => {
  const { provider, finish, shards, clock } = await createOverloaded(4);
  await assert.rejects(finish(provider.set('stored', createSession())), { code: 'ERR_OVERLOADED' });
  const inactive = provider.setInactive('stored');
  const unknown = provider.setInactive('unknown');
  await assert.rejects(finish(provider.setInactive('one more')), { code: 'ERR_OVERLOADED' });
  const size = provider.size();
  shards.port(0).release();
  await finish(Promise.all([inactive, unknown]));
  assert.equal(await finish(size), 5);
  clock.jump(60_000);
  assert.equal(await finish(provider.get('stored')), undefined);
  assert.notEqual(await finish(provider.get('0')), undefined);
});

test('set that took the place of one that was to be inactive, and is refused: nothing says that it became so', async () => {
  const bounds = { ...IN_FLIGHT_BOUNDS, operationsMax: 2, postedOperationsMax: 1 };
  const options = { shards: 1, maxBytes: 1_000 };
  const { provider, finish, shards, clock } = createTestProvider(options, bounds);
  await finish(provider.ready);
  shards.port(0).hold();
  provider.set('other', createSession());
  clock.advance(LINGER_MS);
  const outcomes = [
    provider.set('a', createSession()),
    provider.setInactive('a'),
    provider.set('a', createSession({ value: LARGE })),
  ].map((promise) => promise.catch(({ code }: { code: string }) => code));
  clock.advance(LINGER_MS);
  shards.port(0).release();
  const full = 'ERR_STORE_FULL';
  assert.deepEqual(await finish(Promise.all(outcomes)), [full, full, full]);
});
