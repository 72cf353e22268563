import assert from 'node:assert/strict';
import { test } from 'node:test';
import jstp from '@metarhia/jstp';
import { LINGER_MS } from '../src/facade/flush-schedule.js';
import type { JstpSession } from '../src/index.js';
import { createSession, createTestProvider, drainMicrotasks } from './twins/test-provider.js';

/** A session as the host hands it over: its connection has just closed. */
function createClosedSession(): jstp.Session {
  return new jstp.Session({ _closed: true }, 'user');
}

function messagesOf(session: JstpSession | undefined): unknown[] {
  return [...(session?.buffer ?? [])];
}

for (const shards of [1, 2, 7]) {
  test(`${shards} shards: messages buffered after set are got with the session`, async () => {
    const { provider, finish, clock } = createTestProvider({ shards });
    const session = createClosedSession();
    session._bufferMessage(-1, 'before');
    provider.set(session.id, session);
    provider.setInactive(session.id);
    session._bufferMessage(-2, 'same turn');
    session._bufferMessage(-3, 'same turn');
    clock.runTurns();
    session._bufferMessage(-4, 'later turn');
    const got = await finish(provider.get(session.id));
    assert.deepEqual(messagesOf(got), [
      [1, 'before'],
      [2, 'same turn'],
      [3, 'same turn'],
      [4, 'later turn'],
    ]);
    assert.equal(got?.latestBufferedMessageId, -4);
  });
}

test('session without a connection is watched as one whose connection closed', async () => {
  const { provider, finish } = createTestProvider();
  const session = createSession();
  provider.set(session.id, session);
  session._bufferMessage(-1, 'late');
  assert.deepEqual(messagesOf(await finish(provider.get(session.id))), [[1, 'late']]);
});

test('messages of one turn are one operation', () => {
  const { provider, clock, shards } = createTestProvider({ shards: 1 });
  const session = createClosedSession();
  provider.set(session.id, session);
  clock.advance(LINGER_MS);
  const before = shards.port(0).posted.length;
  for (let id = -1; id >= -100; id--) session._bufferMessage(id, 'late');
  clock.advance(LINGER_MS);
  const batches = shards.port(0).posted.slice(before);
  assert.equal(batches.length, 1);
  assert.equal((batches[0] as unknown[]).length, 1 + 4);
});

test('message that comes while a get is under way arrives with it, and is kept', async () => {
  const { provider, finish, clock, shards } = createTestProvider({ shards: 1 });
  const session = createClosedSession();
  provider.set(session.id, session);
  clock.runTurns();
  shards.port(0).hold();
  const get = provider.get(session.id);
  clock.runTurns();
  session._bufferMessage(-1, 'late');
  clock.runTurns();
  shards.port(0).release();
  assert.deepEqual(messagesOf(await finish(get)), [[1, 'late']]);
  assert.deepEqual(messagesOf(await finish(provider.get(session.id))), [[1, 'late']]);
});

test('message that comes in the turn of the answer, before it, arrives with it', async () => {
  const { provider, finish, clock } = createTestProvider({ shards: 1 });
  const session = createClosedSession();
  await finish(provider.set(session.id, session));
  const get = provider.get(session.id);
  clock.runTurn();
  // The shard's answer is on its way, and is delivered before what is called now for the next turn.
  clock.runTurn();
  session._bufferMessage(-1, 'late');
  assert.deepEqual(messagesOf(await finish(get)), [[1, 'late']]);
});

for (const change of ['set', 'set of the same object', 'setInactive', 'delete', 'clear'] as const) {
  test(`message before a get is in its answer, though a ${change} follows in the same turn`, async () => {
    const { provider, finish } = createTestProvider({ shards: 1 });
    const session = createClosedSession();
    const { id } = session;
    provider.set(id, session);
    session._bufferMessage(-1, 'late');
    const get = provider.get(id);
    if (change === 'set') provider.set(id, createClosedSession());
    else if (change === 'set of the same object') provider.set(id, session);
    else if (change === 'clear') provider.clear();
    else provider[change](id);
    assert.deepEqual(messagesOf(await finish(get)), [[1, 'late']]);
  });
}

test('message survives a get that failed in between', async () => {
  const { provider, finish, clock, shards } = createTestProvider({
    shards: 1,
    requestTimeout: 500,
  });
  const session = createClosedSession();
  provider.set(session.id, session);
  clock.runTurns();
  shards.port(0).hold();
  const get = provider.get(session.id);
  session._bufferMessage(-1, 'late');
  const failed = assert.rejects(get, { code: 'ERR_TIMEOUT' });
  clock.advance(600);
  clock.runTurns();
  await finish(failed);
  shards.port(0).release();
  assert.deepEqual(messagesOf(await finish(provider.get(session.id))), [[1, 'late']]);
});

test('old object never changes what was stored after it', async () => {
  const { provider, finish, clock } = createTestProvider();
  const old = createClosedSession();
  provider.set(old.id, old);
  const restored = await finish(provider.get(old.id));
  assert(restored !== undefined);
  restored.set('state', 'newer');
  provider.set(old.id, restored);
  old._bufferMessage(-9, 'of the old object');
  clock.runTurns();
  const got = await finish(provider.get(old.id));
  assert.equal(got?.get('state'), 'newer');
  assert.deepEqual(messagesOf(got), []);
});

test('message for an old object does not reach a newer session on its way', async () => {
  const { provider, finish, clock, shards } = createTestProvider({ shards: 1 });
  const old = createClosedSession();
  provider.set(old.id, old);
  provider.set(old.id, createSession({ state: 'newer' }));
  shards.port(0).hold();
  const get = provider.get(old.id);
  old._bufferMessage(-9, 'of the old object');
  clock.runTurns();
  shards.port(0).release();
  assert.deepEqual(messagesOf(await finish(get)), []);
});

test('message for a session that was deleted is not stored', async () => {
  const { provider, finish, clock } = createTestProvider();
  const session = createClosedSession();
  provider.set(session.id, session);
  provider.delete(session.id);
  session._bufferMessage(-1, 'late');
  clock.runTurns();
  assert.equal(await finish(provider.size()), 0);
});

test('session whose connection is open is not watched, and keeps its own buffer', () => {
  const { provider } = createTestProvider();
  const session = new jstp.Session({ _closed: false }, 'user');
  const { buffer } = session;
  provider.set(session.id, session);
  assert.equal(session.buffer, buffer);
});

test('session that the host revives has a plain buffer from its first message on', () => {
  const { provider, clock, shards } = createTestProvider({ shards: 1 });
  const connection = { _closed: true };
  const session = new jstp.Session(connection, 'user');
  provider.set(session.id, session);
  session._bufferMessage(-1, 'late');
  clock.runTurns();
  assert.notEqual(session.buffer.set, Map.prototype.set);
  connection._closed = false;
  const before = shards.port(0).posted.length;
  session._bufferMessage(-2, 'live');
  assert.deepEqual(Reflect.ownKeys(session.buffer), []);
  assert.deepEqual([...session.buffer.keys()], [1, 2]);
  clock.runTurns();
  assert.equal(shards.port(0).posted.length, before);
});

test('revived session that is set while open loses its watch at once', () => {
  const { provider } = createTestProvider();
  const connection = { _closed: true };
  const session = new jstp.Session(connection, 'user');
  provider.set(session.id, session);
  connection._closed = false;
  provider.set(session.id, session);
  assert.deepEqual(Reflect.ownKeys(session.buffer), []);
});

test('session that is set again is stored with all messages once', async () => {
  const { provider, finish } = createTestProvider();
  const session = createClosedSession();
  provider.set(session.id, session);
  session._bufferMessage(-1, 'first');
  provider.set(session.id, session);
  session._bufferMessage(-2, 'second');
  const got = await finish(provider.get(session.id));
  assert.deepEqual(messagesOf(got), [
    [1, 'first'],
    [2, 'second'],
  ]);
});

test('message that is in the session when it is set again is not sent a second time', () => {
  const { provider, clock, shards } = createTestProvider({ shards: 1 });
  const session = createClosedSession();
  provider.set(session.id, session);
  clock.advance(LINGER_MS);
  const before = shards.port(0).posted.length;
  session._bufferMessage(-1, 'first');
  provider.set(session.id, session);
  clock.advance(LINGER_MS);
  const [batch] = shards.port(0).posted.slice(before);
  assert.equal((batch as unknown[]).length, 1 + 4);
});

test('flush comes after the messages before it', async () => {
  const { provider, clock, shards, finish } = createTestProvider({ shards: 1 });
  const session = createClosedSession();
  await finish(provider.set(session.id, session));
  const before = shards.port(0).posted.length;
  session._bufferMessage(-1, 'late');
  provider.flush();
  clock.runTurn();
  const [batch] = shards.port(0).posted.slice(before);
  assert.equal((batch as unknown[]).length, 1 + 4 + 1);
});

test('session that was stored by two providers tells the last one', async () => {
  const [one, other] = [createTestProvider(), createTestProvider()];
  const session = createClosedSession();
  one.provider.set(session.id, session);
  other.provider.set(session.id, session);
  session._bufferMessage(-1, 'late');
  const got = await other.finish(other.provider.get(session.id));
  assert.deepEqual(messagesOf(got), [[1, 'late']]);
});

test('session that was stored by two providers tells the last one, whatever the first one refuses', async () => {
  const [one, other] = [createTestProvider({ maxSessionBytes: 400 }), createTestProvider()];
  const session = createClosedSession();
  one.provider.set(session.id, session);
  session._bufferMessage(-1, 'x'.repeat(400));
  other.provider.set(session.id, session);
  one.clock.runTurns();
  session._bufferMessage(-2, 'late');
  const got = await other.finish(other.provider.get(session.id));
  assert.deepEqual([...(got?.buffer.keys() ?? [])], [1, 2]);
});

test('messages that would make the session too large are reported, and none after them stored', async () => {
  const { provider, finish, errorCodes } = createTestProvider({ maxSessionBytes: 400 });
  const session = createClosedSession();
  provider.set(session.id, session);
  session._bufferMessage(-1, 'fits');
  await finish(provider.flush());
  session._bufferMessage(-2, 'x'.repeat(400));
  await finish(provider.flush());
  session._bufferMessage(-3, 'would leave a gap');
  const got = await finish(provider.get(session.id));
  assert.deepEqual(messagesOf(got), [[1, 'fits']]);
  assert.equal(session.buffer.size, 3);
  await drainMicrotasks();
  assert.deepEqual(errorCodes, ['ERR_SESSION_TOO_LARGE']);
});

test('message that cannot be stored, or comes after close, is reported and hurts nobody', async () => {
  const { provider, finish, clock, errorCodes } = createTestProvider();
  const session = createClosedSession();
  provider.set(session.id, session);
  session.buffer.set(1, () => 'no message of the host');
  clock.runTurns();
  const closed = createClosedSession();
  provider.set(closed.id, closed);
  await finish(provider.close());
  closed._bufferMessage(-1, 'late');
  clock.runTurns();
  await drainMicrotasks();
  assert.deepEqual(errorCodes, ['ERR_SESSION_NOT_SERIALIZABLE', 'ERR_CLOSED']);
});

test('amendment that is not answered is reported', async () => {
  const { provider, clock, shards, errorCodes } = createTestProvider({ shards: 1 });
  const session = createClosedSession();
  provider.set(session.id, session);
  clock.runTurns();
  shards.port(0).hold();
  session._bufferMessage(-1, 'late');
  clock.advance(2_250);
  clock.runTurns();
  await drainMicrotasks();
  assert.deepEqual(errorCodes, ['ERR_TIMEOUT']);
});
