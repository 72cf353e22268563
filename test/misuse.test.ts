import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShardedSessionStorageProvider } from '../src/index.js';
import { createSession, createTestProvider, drainMicrotasks } from './twins/test-provider.js';

const BAD_IDS: unknown[] = [
  undefined,
  null,
  0,
  17,
  Number.NaN,
  true,
  {},
  { length: 5 },
  [],
  ['a'],
  Symbol('id'),
  12n,
  () => 'id',
  '',
  'x'.repeat(1_025),
  'x'.repeat(1_000_000),
];

type Call = (provider: ShardedSessionStorageProvider, id: string) => Promise<unknown>;
const CHANGES: Record<string, Call> = {
  set: (provider, id) => provider.set(id, createSession()),
  setInactive: (provider, id) => provider.setInactive(id),
  delete: (provider, id) => provider.delete(id),
};

test('get of what is no session id: undefined, without asking a shard', async () => {
  const { provider, clock, finish, shards } = createTestProvider({ shards: 1 });
  await finish(provider.ready);
  for (const id of BAD_IDS) {
    assert.equal(await finish(provider.get(id as string)), undefined);
    const answers: unknown[] = [];
    provider.get(id as string, (session) => answers.push(session));
    assert.deepEqual(answers, [], 'the answer comes later');
    clock.runTurns();
    assert.deepEqual(answers, [undefined]);
  }
  assert.deepEqual(shards.port(0).posted, []);
});

for (const [name, change] of Object.entries(CHANGES)) {
  test(`${name} of what is no session id: ERR_INVALID_SESSION_ID, without asking a shard`, async () => {
    const { provider, finish, shards } = createTestProvider({ shards: 1 });
    await finish(provider.ready);
    for (const id of BAD_IDS) {
      await assert.rejects(finish(change(provider, id as string)), {
        code: 'ERR_INVALID_SESSION_ID',
        message: /expected a string of 1 to 1024 characters, got /,
      });
    }
    assert.deepEqual(shards.port(0).posted, []);
  });
}

test('ids of 1 and of 1,024 characters of any kind are ids', async () => {
  const { provider, finish } = createTestProvider({ shards: 7 });
  const ids = ['x', '\0', '\ud800', '__proto__', 'x'.repeat(1_024), '\uffff'.repeat(1_024)];
  for (const id of ids) await finish(provider.set(id, createSession({ id })));
  for (const id of ids) assert.equal((await finish(provider.get(id)))?.get('id'), id);
  assert.equal(await finish(provider.size()), ids.length);
});

const UNSTORABLE: [string, unknown, RegExp][] = [
  ['function', () => {}, /"key"/],
  ['symbol', Symbol('x'), /"key"/],
  ['nested function', { deep: [1, { er: () => {} }] }, /"key".*deep.*1.*er/],
  ['promise', Promise.resolve(), /"key"/],
];
for (const [name, value, path] of UNSTORABLE) {
  test(`set of a session with a ${name}: refused with id and key; the stored one stays`, async () => {
    const { provider, finish } = createTestProvider();
    const session = createSession({ version: 1 });
    await finish(provider.set('the id', session));
    session.set('version', 2);
    session.set('key', value);
    await assert.rejects(finish(provider.set('the id', session)), (error) => {
      assert(error instanceof Error && 'code' in error);
      assert.equal(error.code, 'ERR_SESSION_NOT_SERIALIZABLE');
      assert.match(error.message, /session "t"\.\.\. \(SHA-256 abc405d834e5\): /);
      assert.match(error.message, path);
      return true;
    });
    assert.equal((await finish(provider.get('the id')))?.get('version'), 1);
  });
}

test('set of what is no session: refused', async () => {
  const { provider, finish } = createTestProvider();
  for (const value of [undefined, null, 1, 'x', {}, [], new Map()]) {
    await assert.rejects(finish(provider.set('a', value as never)), {
      code: 'ERR_SESSION_NOT_SERIALIZABLE',
    });
  }
});

test('set of a session over maxSessionBytes: refused; the stored one stays', async () => {
  const { provider, finish } = createTestProvider({ maxSessionBytes: 1_000 });
  const session = createSession({ text: 'small' });
  await finish(provider.set('a', session));
  session.set('text', 'x'.repeat(1_000));
  await assert.rejects(finish(provider.set('a', session)), {
    code: 'ERR_SESSION_TOO_LARGE',
    message: /expected at most maxSessionBytes = 1000, got \d+ bytes/,
  });
  assert.equal((await finish(provider.get('a')))?.get('text'), 'small');
});

test('no answer in requestTimeout: ERR_TIMEOUT, and the operation is applied later, in order', async () => {
  const { provider, clock, finish, shards } = createTestProvider({
    shards: 1,
    requestTimeout: 500,
  });
  await finish(provider.ready);
  shards.port(0).hold();
  const operations = [
    provider.set('a', createSession({ version: 1 })),
    provider.setInactive('a'),
    provider.get('a'),
    provider.delete('b'),
    provider.size(),
    provider.flush(),
  ];
  const outcomes = Promise.allSettled(operations);
  clock.advance(499);
  const second = provider.set('a', createSession({ version: 2 }));
  // The timer ticks eight times in a timeout, so a deadline passes up to a tick late.
  clock.advance(Math.ceil(500 / 8));
  clock.runTurns();
  for (const outcome of await finish(outcomes)) {
    assert.equal(outcome.status, 'rejected');
    assert.equal(outcome.reason.code, 'ERR_TIMEOUT');
  }
  shards.port(0).release();
  await finish(second);
  assert.equal((await finish(provider.get('a')))?.get('version'), 2);
  assert.equal((await finish(provider.stats())).sets, 2);
});

for (const outage of ['retry', 'miss'] as const) {
  test(`get by callback that fails, outage '${outage}': ${outage === 'retry' ? 'no answer' : 'undefined'}, and an error event`, async () => {
    const { provider, clock, finish, shards, errorCodes } = createTestProvider({
      shards: 1,
      outage,
    });
    await finish(provider.ready);
    shards.port(0).hold();
    const answers: unknown[] = [];
    provider.get('a', (session) => answers.push(session));
    clock.advance(2_000);
    clock.runTurns();
    await drainMicrotasks();
    assert.deepEqual(answers, outage === 'retry' ? [] : [undefined]);
    assert.deepEqual(errorCodes, ['ERR_TIMEOUT']);
    shards.port(0).release();
    clock.runTurns();
    assert.equal(answers.length, outage === 'retry' ? 0 : 1);
  });
}

test('a promise that nobody handles: never an unhandled rejection, but an error event', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  const { provider, clock, finish, errorCodes, errorCounts, shards } = createTestProvider({
    shards: 1,
  });
  await finish(provider.ready);
  provider.set('', createSession());
  provider.setInactive('');
  provider.delete('');
  const session = createSession({ key: () => {} });
  provider.set('a', session);
  shards.port(0).hold();
  provider.set('a', createSession());
  provider.setInactive('a');
  provider.get('a');
  provider.size();
  provider.clear();
  provider.stats();
  provider.flush();
  // Within the deadline and a tick; a tick later the shard would be taken for hung.
  clock.advance(2_250);
  clock.runTurns();
  await drainMicrotasks();
  await drainMicrotasks();
  process.off('unhandledRejection', onUnhandled);
  assert.deepEqual(unhandled, []);
  assert.deepEqual(errorCodes, [
    'ERR_INVALID_SESSION_ID',
    'ERR_SESSION_NOT_SERIALIZABLE',
    'ERR_TIMEOUT',
  ]);
  // `stats` does not fail; `setInactive`, which travels with the `set` before it, fails as its own.
  assert.deepEqual(errorCounts, [3, 1, 6]);
});

test('operations after close: ERR_CLOSED; close again: the same promise', async () => {
  const { provider, finish, clock, errorCodes } = createTestProvider({ outage: 'miss' });
  const stored = provider.set('a', createSession());
  const closing = provider.close();
  assert.equal(provider.close(), closing);
  const code = 'ERR_CLOSED';
  await assert.rejects(finish(provider.get('a')), { code });
  await assert.rejects(finish(provider.size()), { code });
  await assert.rejects(finish(provider.clear()), { code });
  await assert.rejects(finish(provider.stats()), { code });
  await assert.rejects(finish(provider.flush()), { code });
  await finish(stored);
  await finish(closing);
  await assert.rejects(finish(provider.get('a')), { code });
  await assert.rejects(finish(provider.set('a', createSession())), { code });
  await assert.rejects(finish(provider.setInactive('a')), { code });
  await assert.rejects(finish(provider.delete('a')), { code });
  await assert.rejects(finish(provider.size()), { code });
  await assert.rejects(finish(provider.clear()), { code });
  await assert.rejects(finish(provider.stats()), { code });
  await assert.rejects(finish(provider.flush()), { code });
  await finish(provider[Symbol.asyncDispose]());
  assert.equal(await finish(provider.get(17 as never)), undefined);
  const answers: unknown[] = [];
  provider.get('a', (session) => answers.push(session));
  clock.runTurns();
  await drainMicrotasks();
  assert.deepEqual([answers, errorCodes], [[undefined], ['ERR_CLOSED']]);
});

test('close ends when a shard does not answer, and says what was not flushed', async () => {
  const twins = createTestProvider({ shards: 2 });
  const { provider, finish, clock, shards, errorCodes, errorCounts } = twins;
  await finish(provider.ready);
  shards.port(0).hold();
  shards.port(1).hold();
  for (let i = 0; i < 20; i++) provider.set(`${i}`, createSession());
  const closing = provider.close();
  clock.advance(2_250);
  clock.runTurns();
  await finish(closing);
  await drainMicrotasks();
  assert.deepEqual([errorCodes, errorCounts], [['ERR_TIMEOUT'], [20]]);
});

test('stored session that cannot be read: undefined and an error event', async () => {
  class Session extends Map {
    constructor() {
      super();
      throw new Error('a class that is not the host');
    }
  }
  const { provider, finish, clock, errorCodes } = createTestProvider({ Session: Session as never });
  await finish(provider.set('a', createSession()));
  assert.equal(await finish(provider.get('a')), undefined);
  const answers: unknown[] = [];
  provider.get('a', (session) => answers.push(session));
  clock.runTurns();
  await drainMicrotasks();
  assert.deepEqual(answers, [undefined]);
  assert.deepEqual(errorCodes, ['ERR_SESSION_UNREADABLE', 'ERR_SESSION_UNREADABLE']);
});
