import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { createSession, createTestProvider, drainMicrotasks } from '../twins/test-provider.js';

const NAMES = ['shardDown', 'shardUp', 'expired', 'evicted', 'error', 'stats'];

test('what events and stats tell, diagnostics channels tell as well, with the provider', async () => {
  const heard: [string, { provider?: unknown }][] = [];
  const onMessage = (message: unknown, name: string | symbol) =>
    heard.push([String(name), message as { provider?: unknown }]);
  for (const name of NAMES) subscribe(`jstp-sharded-sessions:${name}`, onMessage);
  const { provider, clock, shards, finish } = createTestProvider({
    shards: 1,
    inactiveSessionLifetime: 100,
    maxSessions: 1,
  });
  await finish(provider.ready);
  await finish(provider.set('a', createSession()));
  await finish(provider.setInactive('a'));
  await finish(provider.set('b', createSession()));
  await finish(provider.setInactive('b'));
  clock.advance(2_000);
  const stats = await finish(provider.stats());
  provider.set('', createSession());
  await drainMicrotasks();
  shards.port(0).kill('a test');
  await finish(provider.size());
  await drainMicrotasks();
  for (const name of NAMES) unsubscribe(`jstp-sharded-sessions:${name}`, onMessage);
  for (const [, message] of heard) assert.equal(message.provider, provider);
  const told = heard.map(([name, { provider: _, ...message }]) => [name.split(':')[1], message]);
  const [error] = told.splice(4, 1);
  assert.deepEqual(told, [
    ['shardUp', { shard: 0 }],
    ['evicted', { shard: 0, count: 1, reason: 'maxSessions' }],
    ['expired', { shard: 0, count: 1 }],
    ['stats', { stats }],
    ['shardDown', { shard: 0, reason: 'a test', sessions: 0 }],
    ['shardUp', { shard: 0 }],
  ]);
  assert.equal(error?.[0], 'error');
});

test('listener that throws hurts no other, nor what is under way', async () => {
  const { provider, shards, finish } = createTestProvider({ shards: 1 });
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const thrown: string[] = [];
  process.on('uncaughtException', ({ message }) => thrown.push(message));
  provider.on('shardDown', () => {
    throw new Error('thrown by a listener');
  });
  await finish(provider.ready);
  const set = provider.set('a', createSession());
  shards.port(0).kill('a test');
  await finish(set);
  await drainMicrotasks();
  process.removeAllListeners('uncaughtException');
  for (const listener of others) process.on('uncaughtException', listener);
  assert.deepEqual(thrown, ['thrown by a listener']);
  assert.equal(await finish(provider.size()), 1);
});
