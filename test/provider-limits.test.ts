import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { LINGER_MS } from '../src/facade/flush-schedule.js';
import { IN_FLIGHT_BOUNDS } from '../src/facade/in-flight-bounds.js';
import type { EvictedEvent, ProviderOptions } from '../src/index.js';
import { createSession, createTestProvider, drainMicrotasks } from './twins/test-provider.js';

const OPERATIONS_MAX = 4;

/** A provider whose only shard has too much in flight: sets of `0` to `3` that are not answered. */
async function createOverloaded(options: ProviderOptions = {}) {
  const bounds = { ...IN_FLIGHT_BOUNDS, operationsMax: OPERATIONS_MAX, postedOperationsMax: 2 };
  const set = createTestProvider({ shards: 1, ...options }, bounds);
  await set.finish(set.provider.ready);
  set.shards.port(0).hold();
  const waiting: Promise<void>[] = [];
  for (let i = 0; i < OPERATIONS_MAX; i++) {
    waiting.push(set.provider.set(`${i}`, createSession({ version: 1 })));
    set.clock.advance(LINGER_MS);
  }
  return { ...set, waiting };
}

test('too much in flight: what is new is refused at once, what waits is done', async () => {
  const { provider, finish, shards, waiting } = await createOverloaded();
  const refused: Promise<unknown>[] = [
    provider.set('new', createSession()),
    provider.get('new'),
    provider.delete('new'),
  ];
  for (const promise of refused) {
    await assert.rejects(finish(promise), {
      code: 'ERR_OVERLOADED',
      message: /at most 4 operations/,
    });
  }
  shards.port(0).release();
  await finish(Promise.all(waiting));
  await finish(provider.set('new', createSession()));
  assert.equal(await finish(provider.size()), OPERATIONS_MAX + 1);
});

test('too much in flight: set of an id that waits takes its place, and both resolve', async () => {
  const { provider, finish, shards, clock, waiting } = await createOverloaded();
  const before = inspect(shards.port(0).posted);
  const again = provider.set('3', createSession({ version: 2 }));
  const inactive = provider.setInactive('3');
  // That of id 0 has left for the shard.
  await assert.rejects(finish(provider.set('0', createSession({ version: 2 }))), {
    code: 'ERR_OVERLOADED',
  });
  clock.runTurns();
  assert.equal(inspect(shards.port(0).posted), before);
  shards.port(0).release();
  await finish(Promise.all([...waiting, again, inactive]));
  assert.equal((await finish(provider.get('3')))?.get('version'), 2);
  assert.equal((await finish(provider.get('0')))?.get('version'), 1);
  assert.equal((await finish(provider.stats())).sets, OPERATIONS_MAX);
});

test('flood of sets that nobody waits for is one error event a turn', async () => {
  const { provider, clock, errorCodes } = await createOverloaded();
  for (let turn = 0; turn < 3; turn++) {
    for (let i = 0; i < 1_000; i++) provider.set(`new ${i}`, createSession());
    clock.runTurns();
    await drainMicrotasks();
    await drainMicrotasks();
  }
  assert.deepEqual(errorCodes, ['ERR_OVERLOADED', 'ERR_OVERLOADED', 'ERR_OVERLOADED']);
});

for (const [outage, answers] of [
  ['retry', []],
  ['miss', [undefined]],
] as const) {
  test(`get by callback that is refused follows outage: '${outage}'`, async () => {
    const { provider, clock, errorCodes } = await createOverloaded({ outage });
    const answered: unknown[] = [];
    provider.get('new', (session) => answered.push(session));
    clock.runTurns();
    await drainMicrotasks();
    assert.deepEqual(answered, answers);
    assert.deepEqual(errorCodes, ['ERR_OVERLOADED']);
  });
}

test('message that is refused ends what is stored of the session: none after it leaves a gap', async () => {
  const bounds = { ...IN_FLIGHT_BOUNDS, operationsMax: 2 };
  const { provider, finish, clock, shards, errorCodes } = createTestProvider({ shards: 1 }, bounds);
  const session = createSession();
  await finish(provider.set(session.id, session));
  shards.port(0).hold();
  provider.size();
  provider.size();
  session._bufferMessage(-1, 'refused');
  clock.runTurns();
  shards.port(0).release();
  await finish(provider.flush());
  session._bufferMessage(-2, 'would leave a gap');
  const got = await finish(provider.get(session.id));
  assert.deepEqual([...(got?.buffer ?? [])], []);
  await drainMicrotasks();
  assert.deepEqual(errorCodes, ['ERR_OVERLOADED']);
});

for (const shards of [1, 2, 7]) {
  test(`${shards} shards, maxSessions: the inactive nearest to expiry go, and this is told`, async () => {
    const { provider, finish, clock } = createTestProvider({ shards, maxSessions: 70 });
    const evicted: EvictedEvent[] = [];
    provider.on('evicted', (event) => evicted.push(event));
    const ids = Array.from({ length: 500 }, (_, i) => `id ${i}`);
    for (const id of ids) {
      provider.set(id, createSession());
      provider.setInactive(id);
      clock.advance(1);
    }
    const { sessions, evicted: count, evictedForSessions } = await finish(provider.stats());
    assert.deepEqual([sessions, count, evictedForSessions], [70, 430, 430]);
    await drainMicrotasks();
    assert.equal(
      evicted.reduce((sum, event) => sum + event.count, 0),
      430,
    );
    assert(evicted.every(({ reason }) => reason === 'maxSessions'));
    // The newest of each shard are there.
    assert.notEqual(await finish(provider.get('id 499')), undefined);
    assert.equal(await finish(provider.get('id 0')), undefined);
  });
}

test('store full of active sessions: set is refused, and what is stored stays', async () => {
  const { provider, finish } = createTestProvider({ shards: 1, maxSessions: 2 });
  await finish(provider.set('a', createSession({ version: 1 })));
  await finish(provider.set('b', createSession({ version: 1 })));
  const refused = provider.set('c', createSession());
  const inactive = provider.setInactive('c');
  await assert.rejects(finish(refused), {
    code: 'ERR_STORE_FULL',
    message: /session ""\.\.\. \(SHA-256 2e7d2c03a950\): /,
  });
  assert.equal(await finish(inactive), undefined);
  await finish(provider.set('a', createSession({ version: 2 })));
  assert.equal((await finish(provider.get('a')))?.get('version'), 2);
  assert.equal((await finish(provider.get('b')))?.get('version'), 1);
  const { refused: count, sessions, evicted } = await finish(provider.stats());
  assert.deepEqual([count, sessions, evicted], [1, 2, 0]);
});

test("overflow 'reject': nothing is given up", async () => {
  const { provider, finish } = createTestProvider({
    shards: 1,
    maxSessions: 1,
    overflow: 'reject',
    inactiveSessionLifetime: 1_000,
  });
  await finish(provider.set('a', createSession()));
  await finish(provider.setInactive('a'));
  await assert.rejects(finish(provider.set('b', createSession())), { code: 'ERR_STORE_FULL' });
  assert.notEqual(await finish(provider.get('a')), undefined);
});

test('maxBytes: sessions are given up for larger ones', async () => {
  const { provider, finish } = createTestProvider({
    shards: 1,
    maxBytes: 100_000,
    maxSessionBytes: 50_000,
  });
  const evicted: EvictedEvent[] = [];
  provider.on('evicted', (event) => evicted.push(event));
  for (let i = 0; i < 20; i++) {
    await finish(provider.set(`${i}`, createSession({ value: 'x'.repeat(10_000) })));
    await finish(provider.setInactive(`${i}`));
    const { bytes } = await finish(provider.stats());
    assert(bytes <= 100_000, `${bytes} bytes`);
  }
  assert(evicted.length > 0 && evicted.every(({ reason }) => reason === 'maxBytes'));
  await assert.rejects(
    finish(provider.set('large', createSession({ value: 'x'.repeat(60_000) }))),
    {
      code: 'ERR_SESSION_TOO_LARGE',
    },
  );
});

for (const setAgain of [false, true]) {
  test(`message for which there is no room: none after it is stored or given to a get, set again ${setAgain}`, async () => {
    const { provider, finish, clock, shards, errorCodes } = createTestProvider({
      shards: 1,
      maxBytes: 5_000,
    });
    const session = createSession();
    await finish(provider.set('other', createSession({ value: 'x'.repeat(3_000) })));
    await finish(provider.set('a', session));
    shards.port(0).hold();
    session._bufferMessage(-1, 'y'.repeat(2_000));
    clock.runTurns();
    const get = provider.get('a');
    session._bufferMessage(-2, 'comes while the get is under way');
    clock.runTurns();
    if (setAgain) provider.set('a', createSession());
    clock.runTurns();
    shards.port(0).release();
    assert.equal((await finish(get))?.buffer.size, 0);
    session._bufferMessage(-3, 'comes later');
    assert.equal((await finish(provider.get('a')))?.buffer.size, 0);
    assert.deepEqual(errorCodes, ['ERR_STORE_FULL', 'ERR_STORE_FULL']);
  });
}

test('message that is refused only after it has timed out: none after it is given to a get', async () => {
  const { provider, finish, clock, shards, errorCodes, errorCounts } = createTestProvider({
    shards: 1,
    maxBytes: 5_000,
    requestTimeout: 400,
  });
  const session = createSession();
  await finish(provider.set('other', createSession({ value: 'x'.repeat(3_000) })));
  await finish(provider.set('a', session));
  shards.port(0).hold();
  session._bufferMessage(-1, 'y'.repeat(2_000));
  clock.advance(500);
  const get = provider.get('a');
  session._bufferMessage(-2, 'comes while the get is under way');
  clock.advance(LINGER_MS);
  shards.port(0).release();
  assert.equal((await finish(get))?.buffer.size, 0);
  await drainMicrotasks();
  assert.deepEqual(errorCodes, ['ERR_TIMEOUT', 'ERR_STORE_FULL']);
  assert.deepEqual(errorCounts, [1, 2]);
});

test('message that was refused for a value does not end what was set since', async () => {
  const { provider, finish, clock, shards } = createTestProvider({ shards: 1, maxBytes: 5_000 });
  const session = createSession();
  await finish(provider.set('other', createSession({ value: 'x'.repeat(3_000) })));
  await finish(provider.set('a', session));
  shards.port(0).hold();
  session._bufferMessage(-1, 'y'.repeat(2_000));
  clock.runTurns();
  session.buffer.clear();
  const again = provider.set('a', session);
  shards.port(0).release();
  await finish(again);
  session._bufferMessage(-2, 'fits');
  assert.equal((await finish(provider.get('a')))?.buffer.size, 1);
});

test('late messages that make a session too large: the error says how many of its bytes they are', async () => {
  const { provider, finish } = createTestProvider({ maxSessionBytes: 400 });
  const messages: string[] = [];
  provider.on('error', ({ message }) => messages.push(message));
  const session = createSession();
  await finish(provider.set('a', session));
  session._bufferMessage(-1, 'x'.repeat(150));
  session._bufferMessage(-2, 'x'.repeat(250));
  await finish(provider.flush());
  await drainMicrotasks();
  assert.match(
    String(messages),
    /^[^,]*, got 4\d\d bytes, 4\d\d of them for 2 buffered messages; .*heartbeat/,
  );
});
