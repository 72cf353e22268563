import assert from 'node:assert/strict';
import { test } from 'node:test';
import { host } from '../../../benchmarks/host.js';
import { createSession, idOf, userIdOf } from '../../../benchmarks/measuring/typical.js';
import { SessionCodec } from '../../../src/session-codec.js';

test('idOf, many sessions: all differ and have the form of a uuid', () => {
  const ids = new Set(Array.from({ length: 100_000 }, (_, session) => idOf(session)));

  assert.equal(ids.size, 100_000);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test('idOf, the same session: the same id', () => {
  assert.equal(idOf(2 ** 31 + 7), idOf(2 ** 31 + 7));
  assert.notEqual(idOf(0), idOf(2 ** 16));
});

test('createSession, encoded by our codec: as many bytes as the reports say', () => {
  const codec = new SessionCodec(host.Session, 1_048_576);
  const id = idOf(1);
  const bytes = codec.encode(id, createSession(id, 1), Date.now()).length;

  assert.ok(bytes >= 165 && bytes <= 185, `expected about 175 bytes, got ${bytes}`);
});

test('createSession, any session: can be told from others', () => {
  const session = createSession(idOf(7), 7);

  assert.equal(session.id, idOf(7));
  assert.equal(session.get('userId'), userIdOf(7));
  assert.equal(session.buffer.size, 1);
});
