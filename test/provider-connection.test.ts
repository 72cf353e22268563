import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import type { Notice } from '../src/notice.js';
import { createSession, createTestProvider, drainMicrotasks } from './twins/test-provider.js';

const AWAY: Notice = { kind: 'reconnecting', code: 'ERR_REDIS_AUTH', reason: 'NOAUTH no' };

function setUp({ started = true } = {}) {
  const created = createTestProvider({ requestTimeout: 800 });
  const { provider, shards, clock } = created;
  const told: unknown[] = [];
  provider.on('connected', (event) => told.push(['connected', event]));
  provider.on('reconnecting', (event) => told.push(['reconnecting', event]));
  const say = async (shard: number, notice: Notice) => {
    shards.port(shard).answer(notice);
    clock.runTurn();
    await drainMicrotasks();
  };
  if (started) clock.runTurns();
  return { ...created, told, say };
}

test('events say which shard is connected to its server, or why it is not', async () => {
  const { told, say } = setUp();
  await say(1, { kind: 'connected' });
  await say(1, AWAY);
  assert.deepEqual(told, [
    ['connected', { shard: 1 }],
    ['reconnecting', { shard: 1, code: 'ERR_REDIS_AUTH', reason: 'NOAUTH no' }],
  ]);
});

test('events are told on diagnostics channels', async () => {
  const { provider, say } = setUp();
  const told: unknown[] = [];
  const listen = (message: unknown) => told.push(message);
  subscribe('jstp-sharded-sessions:reconnecting', listen);
  await say(0, AWAY);
  unsubscribe('jstp-sharded-sessions:reconnecting', listen);
  const { code, reason } = AWAY as { code: string; reason: string };
  assert.deepEqual(told, [{ provider, shard: 0, code, reason }]);
});

test('stats say whether shards are connected, if they have a server', async () => {
  const { provider, finish, say } = setUp();
  assert.equal('connection' in (await finish(provider.stats())), false);
  await say(0, { kind: 'connected' });
  await say(1, { kind: 'connected' });
  assert.equal((await finish(provider.stats())).connection, 'connected');
  await say(1, AWAY);
  const stats = await finish(provider.stats());
  assert.deepEqual(
    [stats.connection, ...stats.shards.map(({ connection }) => connection)],
    ['reconnecting', 'connected', 'reconnecting'],
  );
});

test('ready rejects if the server cannot be reached, and the provider goes on', async () => {
  const { provider, clock, say, finish } = setUp({ started: false });
  await say(0, AWAY);
  await assert.rejects(finish(provider.ready), {
    code: 'ERR_REDIS_AUTH',
    message: /shard 0: expected a server that answers, got: NOAUTH no/,
  });
  clock.runTurns();
  await finish(provider.set('a', createSession()));
});

test('time is over while the server is away: the failure says why', async () => {
  const { provider, shards, clock, say } = setUp();
  for (const shard of [0, 1]) {
    shards.port(shard).hold();
    await say(shard, AWAY);
  }
  const set = provider.set('a', createSession());
  clock.advance(900);
  await assert.rejects(set, {
    code: 'ERR_REDIS_AUTH',
    message: /got NOAUTH no; the operation stays/,
  });
});

test('the process is held until all shards serve, or it is known that one cannot', async () => {
  const { clock, say } = setUp({ started: false });
  assert.equal(clock.holds, 1);
  await say(0, AWAY);
  assert.equal(clock.holds, 0);
  clock.runTurns();
  assert.equal(clock.holds, 0);
  const other = setUp({ started: false });
  other.clock.runTurns();
  assert.equal(other.clock.holds, 0);
});
