import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { ShardedSessionStorageProvider } from '../src/index.js';
import { createSession, createTestProvider } from './twins/test-provider.js';

test('callbacks of get run in the context of their callers, also those that share an answer', () => {
  const { provider, clock } = createTestProvider();
  const context = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  provider.set('a', createSession());
  for (const caller of ['first', 'second', 'third']) {
    context.run(caller, () => provider.get('a', () => seen.push(context.getStore())));
  }
  context.run('invalid', () => provider.get('', () => seen.push(context.getStore())));
  provider.get('b', () => seen.push(context.getStore()));
  clock.runTurns();
  assert.deepEqual(seen.sort(), ['first', 'invalid', 'second', 'third', undefined]);
});

test('callbacks and promises keep the context of their callers over worker threads', async () => {
  await using provider = new ShardedSessionStorageProvider({ shards: 2 });
  const context = new AsyncLocalStorage<number>();
  const callers = Array.from({ length: 20 }, (_, caller) =>
    context.run(caller, async () => {
      await provider.set(`id ${caller}`, createSession());
      assert.equal(context.getStore(), caller);
      await provider.setInactive(`id ${caller}`);
      await provider.get(`id ${caller}`);
      assert.equal(context.getStore(), caller);
      await new Promise<void>((resolve) => {
        provider.get(`id ${caller % 3}`, () => {
          assert.equal(context.getStore(), caller);
          resolve();
        });
      });
      await provider.size();
      assert.equal(context.getStore(), caller);
    }),
  );
  await Promise.all(callers);
});
