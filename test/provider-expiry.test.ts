import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSession, createTestProvider } from './twins/test-provider.js';

const DAY_MS = 86_400_000;

test('inactive session is got until the ms before its lifetime ends, and then never', async () => {
  for (const purgeInterval of [1, 1_000, DAY_MS]) {
    const inactiveSessionLifetime = 5_000;
    const { provider, clock, finish } = createTestProvider({
      inactiveSessionLifetime,
      purgeInterval,
    });
    for (const id of ['a', 'b']) {
      provider.set(id, createSession());
      provider.setInactive(id);
    }
    clock.advance(inactiveSessionLifetime - 1);
    assert.notEqual(await finish(provider.get('a')), undefined);
    clock.advance(1);
    assert.equal(await finish(provider.get('b')), undefined);
  }
});

test('session that is never set inactive ends with its lease', async () => {
  const { provider, clock, finish } = createTestProvider({ activeSessionLifetime: 5_000 });
  provider.set('set', createSession());
  provider.set('got', createSession());
  provider.setInactive('got');
  clock.advance(3_000);
  await finish(provider.get('got'));
  clock.advance(2_000);
  assert.equal(await finish(provider.get('set')), undefined);
  clock.advance(2_999);
  assert.equal(await finish(provider.size()), 1);
  clock.advance(1_001);
  assert.equal(await finish(provider.size()), 0);
});

test('get makes an inactive session active again', async () => {
  const { provider, clock, finish } = createTestProvider({ inactiveSessionLifetime: 1_000 });
  provider.set('a', createSession());
  provider.setInactive('a');
  clock.advance(999);
  await finish(provider.get('a'));
  clock.advance(DAY_MS);
  assert.notEqual(await finish(provider.get('a')), undefined);
});

test('sessions are freed within a purge interval of their end, without any traffic', async () => {
  const { provider, clock, finish } = createTestProvider({
    shards: 7,
    inactiveSessionLifetime: 10_000,
    purgeInterval: 100,
  });
  for (let i = 0; i < 500; i++) {
    provider.set(`${i}`, createSession());
    provider.setInactive(`${i}`);
  }
  await finish(provider.flush());
  clock.advance(9_999);
  assert.equal((await finish(provider.stats())).sessions, 500);
  clock.advance(101);
  const { sessions, expired, bytes } = await finish(provider.stats());
  assert.deepEqual({ sessions, expired, bytes }, { sessions: 0, expired: 500, bytes: 0 });
});

test('lifetime beyond 2^31 ms works', async () => {
  const lifetimeMs = 2 ** 31 * 3;
  const { provider, clock, finish } = createTestProvider({
    inactiveSessionLifetime: lifetimeMs,
    purgeInterval: DAY_MS,
  });
  provider.set('a', createSession());
  provider.setInactive('a');
  clock.advance(lifetimeMs - 1);
  assert.equal(await finish(provider.size()), 1);
  clock.advance(1 + DAY_MS);
  assert.equal(await finish(provider.size()), 0);
});

test('clock that jumps loses nothing that has not expired by it', async () => {
  const { provider, clock, finish } = createTestProvider({ inactiveSessionLifetime: DAY_MS });
  provider.set('a', createSession());
  provider.setInactive('a');
  clock.runTurns();
  for (const jumpMs of [DAY_MS / 2, -3 * DAY_MS, 3 * DAY_MS - 1, -DAY_MS]) {
    clock.jump(jumpMs);
    clock.advance(5_000);
    assert.equal(await finish(provider.size()), 1, `after a jump of ${jumpMs}`);
  }
  clock.jump(2 * DAY_MS);
  clock.advance(1_000);
  assert.equal(await finish(provider.size()), 0);
});
