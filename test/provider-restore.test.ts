import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JstpSession } from '../src/index.js';
import { createSession, createTestProvider } from './twins/test-provider.js';

test('session restored onto a connection that closed meanwhile is stored and inactive again', async () => {
  const { provider, finish, clock } = createTestProvider({ inactiveSessionLifetime: 1_000 });
  provider.set('a', createSession({ key: 1 }));
  let restored: JstpSession | undefined;
  provider.get('a', (session) => {
    restored = session;
    if (session !== undefined) session.connection = { _closed: true };
  });
  clock.runTurns();
  restored?.buffer.set(1, 'late');
  const again = await finish(provider.get('a'));
  assert.deepEqual([...(again?.buffer ?? [])], [[1, 'late']]);
  provider.setInactive('a');
  clock.advance(2_000);
  assert.equal(await finish(provider.size()), 0);
});

test('session restored by callback onto an open connection stays active', async () => {
  const { provider, finish, clock } = createTestProvider({ inactiveSessionLifetime: 1_000 });
  provider.set('a', createSession());
  provider.get('a', (session) => {
    if (session !== undefined) session.connection = { _closed: false };
  });
  clock.advance(10_000);
  assert.equal(await finish(provider.size()), 1);
});
