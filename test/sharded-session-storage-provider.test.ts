import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { LINGER_MS } from '../src/facade/flush-schedule.js';
import { ShardedSessionStorageProvider } from '../src/index.js';
import { createSession, createTestProvider, drainMicrotasks } from './twins/test-provider.js';

for (const shards of [1, 2, 7]) {
  test(`${shards} shards: sessions that were set are got, counted, deleted and cleared`, async () => {
    const { provider, finish, errorCodes } = createTestProvider({ shards });
    await finish(provider.ready);
    const sessions = Array.from({ length: 50 }, (_, i) => createSession({ number: i }));
    for (const session of sessions) {
      provider.set(session.id, session);
      provider.setInactive(session.id);
    }
    for (const [i, session] of sessions.entries()) {
      const got = await finish(provider.get(session.id));
      assert.notEqual(got, session);
      assert.equal(got?.get('number'), i);
      assert.equal(got?.id, session.id);
    }
    assert.equal(await finish(provider.size()), 50);
    assert.equal(await finish(provider.delete(sessions[0]?.id ?? '')), true);
    assert.equal(await finish(provider.delete(sessions[0]?.id ?? '')), false);
    assert.equal(await finish(provider.size()), 49);
    await finish(provider.clear());
    assert.equal(await finish(provider.size()), 0);
    assert.deepEqual(errorCodes, []);
  });

  test(`${shards} shards: stats are those of the shards and their totals`, async () => {
    const { provider, finish } = createTestProvider({ shards });
    for (let i = 0; i < 30; i++) provider.set(`id ${i}`, createSession());
    await finish(provider.get('id 3'));
    await finish(provider.get('unknown'));
    const stats = await finish(provider.stats());
    assert.equal(stats.shards.length, shards);
    assert.deepEqual(
      stats.shards.map(({ shard }) => shard),
      Array.from({ length: shards }, (_, shard) => shard),
    );
    const { sessions, hits, misses, sets, expired, evicted, restarts, pending } = stats;
    assert.deepEqual(
      { sessions, hits, misses, sets, expired, evicted, restarts, pending },
      {
        sessions: 30,
        hits: 1,
        misses: 1,
        sets: 30,
        expired: 0,
        evicted: 0,
        restarts: 0,
        pending: 0,
      },
    );
    assert.equal(
      stats.bytes,
      stats.shards.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    assert(stats.eventLoopUtilization >= 0 && stats.eventLoopUtilization <= 1);
  });

  test(`${shards} shards: stats has the times of their event loops, which go on over restarts`, async () => {
    const { provider, clock, finish, shards: local } = createTestProvider({ shards });
    const readings = [await finish(provider.stats()), await finish(provider.stats())];
    local.port(shards - 1).kill('a test');
    clock.advance(1_000);
    readings.push(await finish(provider.stats()));
    for (const name of ['eventLoopIdleMs', 'eventLoopActiveMs'] as const) {
      for (const stats of readings) {
        const sum = stats.shards.reduce((total, shard) => total + shard[name], 0);
        assert.equal(stats[name], sum);
      }
      const [first = 0, second = 0, third = 0] = readings.map((stats) => stats[name]);
      assert(first <= second && second <= third, `${first}, ${second}, ${third} ms`);
    }
    const [, second, third] = readings;
    // In the twin each worker's loop is that of this thread.
    const added = (third?.eventLoopActiveMs ?? 0) / (second?.eventLoopActiveMs ?? 1);
    assert(added >= 1 + 0.9 / shards, `${added}`);
  });
}

test('isAsync is true', () => {
  assert.equal(createTestProvider().provider.isAsync(), true);
});

test('get by callback answers later, once, with the session or undefined', async () => {
  const { provider, clock } = createTestProvider();
  provider.set('a', createSession({ key: 'value' }));
  const answers: unknown[] = [];
  const returned = provider.get('a', (session) => answers.push(session?.get('key')));
  provider.get('b', (session) => answers.push(session));
  assert.equal(returned, undefined);
  assert.deepEqual(answers, []);
  clock.runTurns();
  assert.deepEqual(answers.sort(), ['value', undefined]);
});

test('set is a snapshot: what changes afterwards is not stored', async () => {
  const { provider, finish } = createTestProvider();
  const session = createSession({ list: [1] });
  provider.set(session.id, session);
  (session.get('list') as number[]).push(2);
  session.set('more', true);
  const got = await finish(provider.get(session.id));
  assert.deepEqual([...(got ?? [])], [['list', [1]]]);
});

test('gets of one id that are under way together get one object, by callback and promise', async () => {
  const { provider, clock, finish } = createTestProvider();
  provider.set('a', createSession());
  const got: unknown[] = [];
  provider.get('a', (session) => got.push(session));
  const promise = provider.get('a');
  clock.runTurn();
  provider.get('a', (session) => got.push(session));
  got.push(await finish(promise));
  assert.equal(got.length, 3);
  assert.equal(new Set(got).size, 1);
  assert.notEqual(await finish(provider.get('a')), got[0]);
  assert.equal((await finish(provider.stats())).hits, 2);
});

test('get that is called after a change does not share the answer of one called before', async () => {
  const { provider, finish } = createTestProvider();
  provider.set('a', createSession({ version: 1 }));
  const first = provider.get('a');
  provider.set('a', createSession({ version: 2 }));
  const second = provider.get('a');
  provider.delete('a');
  const third = provider.get('a');
  provider.set('a', createSession({ version: 4 }));
  const fourth = provider.get('a');
  provider.clear();
  const fifth = provider.get('a');
  const versions = [];
  for (const get of [first, second, third, fourth, fifth]) {
    versions.push((await finish(get))?.get('version'));
  }
  assert.deepEqual(versions, [1, 2, undefined, 4, undefined]);
});

test('set and setInactive of one turn travel as one operation, and both promises resolve', async () => {
  const { provider, shards, finish, clock } = createTestProvider({ shards: 1 });
  await finish(provider.ready);
  const set = provider.set('a', createSession());
  const setInactive = provider.setInactive('a');
  const again = provider.setInactive('a');
  clock.advance(LINGER_MS);
  const [batch] = shards.port(0).posted;
  assert.equal((batch as unknown[]).length, 1 + 4);
  await finish(Promise.all([set, setInactive, again]));
});

test('setInactive of another id, or of a later turn, is an operation of its own', async () => {
  const { provider, finish, clock } = createTestProvider({
    shards: 1,
    inactiveSessionLifetime: 1_000,
  });
  provider.set('a', createSession());
  provider.setInactive('b');
  clock.runTurns();
  clock.advance(5_000);
  assert.notEqual(await finish(provider.get('a')), undefined);
  await finish(provider.setInactive('a'));
  clock.advance(1_000);
  assert.equal(await finish(provider.get('a')), undefined);
});

test('callback that throws is an uncaught exception, and other answers of its batch arrive', async () => {
  const { provider, clock } = createTestProvider({ shards: 1 });
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const uncaught = once(process, 'uncaughtException');
  const answered: string[] = [];
  provider.get('a', () => answered.push('a'));
  provider.get('b', () => {
    throw new Error('thrown by a callback');
  });
  provider.get('b', () => answered.push('b'));
  provider.get('c', () => answered.push('c'));
  clock.runTurns();
  const [error] = await uncaught;
  for (const listener of others) process.on('uncaughtException', listener);
  assert.equal(error.message, 'thrown by a callback');
  assert.deepEqual(answered, ['a', 'b', 'c']);
});

test('events tell when shards are up and how many sessions expired', async () => {
  const { provider, clock, finish } = createTestProvider({
    shards: 2,
    inactiveSessionLifetime: 500,
  });
  const events: unknown[] = [];
  provider.on('shardUp', (event) => events.push(event));
  let expired = 0;
  provider.on('expired', ({ count }) => {
    expired += count;
  });
  await finish(provider.ready);
  assert.deepEqual(events, [{ shard: 0 }, { shard: 1 }]);
  for (let i = 0; i < 20; i++) {
    provider.set(`${i}`, createSession());
    provider.setInactive(`${i}`);
  }
  clock.advance(2_000);
  await drainMicrotasks();
  assert.equal(expired, 20);
});

test('provider on worker threads serves from its construction on, and ends', async () => {
  await using provider = new ShardedSessionStorageProvider({ shards: 2 });
  const session = createSession({ key: new Map([[1, new Date(0)]]) });
  const set = provider.set(session.id, session);
  const got = await provider.get(session.id);
  assert.deepEqual([...(got ?? [])], [...session]);
  await set;
  await provider.ready;
  assert.equal(await provider.size(), 1);
});
