import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSession, createTestProvider, drainMicrotasks } from './twins/test-provider.js';

const IDS = Array.from({ length: 20 }, (_, i) => `id ${i}`);

test('shard that ends is replaced, and says so; what it had not answered is done', async () => {
  const { provider, shards, finish, clock, errorCodes } = createTestProvider({ shards: 2 });
  const events: unknown[] = [];
  provider.on('shardDown', (event) => events.push(event));
  provider.on('shardUp', (event) => events.push(event));
  await finish(provider.ready);
  await finish(Promise.all(IDS.map((id) => provider.set(id, createSession({ version: 1 })))));
  const { shards: before } = await finish(provider.stats());
  const waiting = IDS.map((id) => provider.set(id, createSession({ version: 2 })));
  shards.port(1).kill('a test');
  await finish(Promise.all(waiting));
  for (const id of IDS) assert.equal((await finish(provider.get(id)))?.get('version'), 2);
  await drainMicrotasks();
  const sessions = before[1]?.sessions;
  assert.deepEqual(events, [
    { shard: 0 },
    { shard: 1 },
    { shard: 1, reason: 'a test', sessions },
    { shard: 1 },
  ]);
  const stats = await finish(provider.stats());
  assert.deepEqual([stats.sets, stats.sessions, stats.restarts], [40, 20, 1]);
  assert.deepEqual([errorCodes, clock.holds], [[], 0]);
});

test('what was stored in a shard that ended is gone, and in the others not', async () => {
  const { provider, shards, finish } = createTestProvider({ shards: 2 });
  await finish(Promise.all(IDS.map((id) => provider.set(id, createSession()))));
  const { shards: before } = await finish(provider.stats());
  shards.port(1).kill('a test');
  const got = await finish(Promise.all(IDS.map((id) => provider.get(id))));
  const found = got.filter((session) => session !== undefined).length;
  assert.equal(found, before[0]?.sessions);
});

test('shard that cannot start fails its operations at once, and the others serve on', async () => {
  const { provider, shards, finish, clock, errorCodes } = createTestProvider({ shards: 2 });
  await finish(provider.ready);
  shards.failStarts(1, 3);
  shards.port(1).kill('a test');
  const waiting = Promise.allSettled(IDS.map((id) => provider.set(id, createSession())));
  clock.advance(100);
  const outcomes = await finish(waiting);
  const failed = outcomes.filter(({ status }) => status === 'rejected').length;
  assert(failed > 0 && failed < IDS.length, `${failed} failed`);
  const later = await finish(Promise.allSettled(IDS.map((id) => provider.get(id))));
  for (const [i, outcome] of later.entries()) {
    assert.equal(outcome.status, outcomes[i]?.status);
    if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'ERR_SHARD_UNAVAILABLE');
  }
  assert.equal((await finish(provider.stats())).shards[1]?.up, false);
  clock.advance(10_000);
  await finish(Promise.all(IDS.map((id) => provider.set(id, createSession()))));
  assert.deepEqual(errorCodes, ['ERR_SHARD_UNAVAILABLE']);
});

test('ready rejects when a shard cannot start, and nobody need listen', async () => {
  const watched = createTestProvider({ shards: 2 });
  watched.shards.failStarts(0, 5);
  watched.shards.port(0).kill('a test');
  watched.clock.advance(1_000);
  await assert.rejects(watched.finish(watched.provider.ready), { code: 'ERR_SHARD_UNAVAILABLE' });
  const unwatched = createTestProvider({ shards: 2 });
  // It is created in the next turn.
  unwatched.shards.failStarts(1, 5);
  unwatched.clock.advance(1_000);
  await drainMicrotasks();
  await drainMicrotasks();
  const expected = ['ERR_SHARD_UNAVAILABLE'];
  assert.deepEqual([watched.errorCodes, unwatched.errorCodes], [[], expected]);
});

test('ready rejects when the provider is closed before all shards serve, and that is no error', async () => {
  const { provider, shards, finish, clock, errorCodes } = createTestProvider({ shards: 2 });
  // It never says that it serves.
  clock.runTurn();
  shards.port(1).kill();
  const closing = provider.close();
  clock.advance(3_000);
  await finish(closing);
  await assert.rejects(provider.ready, { code: 'ERR_CLOSED' });
  await drainMicrotasks();
  assert.deepEqual(errorCodes, []);
});

test('a shard that ends while its disk fails: the next one serves, and it has recovered', async () => {
  const { provider, shards, finish } = createTestProvider({ shards: 2 });
  const events: string[] = [];
  for (const name of ['degraded', 'recovered', 'shardDown', 'shardUp'] as const) {
    provider.on(name, ({ shard }: { readonly shard: number }) => events.push(`${name} ${shard}`));
  }
  await finish(provider.ready);
  shards.port(1).answer({ kind: 'degraded', reason: 'a test' });
  await finish(provider.flush());
  shards.port(1).kill('a test');
  await finish(provider.set('id', createSession()));
  await finish(provider.flush());
  await drainMicrotasks();
  assert.deepEqual(events.slice(2), ['degraded 1', 'shardDown 1', 'shardUp 1', 'recovered 1']);
});
