import assert from 'node:assert/strict';
import { test } from 'node:test';
import jstp from '@metarhia/jstp';
import { SessionCodec } from '../src/session-codec.js';

test('decode: what the host makes of a session as text is read only if that is asked for', () => {
  const session = new jstp.Session(null, 'user', 'id');
  session.set('name', 'Grüße');
  session.buffer.set(3, ['a message']);
  const stored = Buffer.from(session.toString()).toString('latin1');
  const reading = new SessionCodec(jstp.Session, 1_000_000, true);
  assert.deepEqual(reading.decode('id', stored), session);
  const late = reading.decode('id', stored, [[4, 4, 'late']]);
  assert.deepEqual([...late.buffer.keys()], [3, 4]);
  const strict = new SessionCodec(jstp.Session, 1_000_000);
  assert.throws(() => strict.decode('id', stored), { code: 'ERR_SESSION_UNREADABLE' });
  assert.throws(() => reading.decode('id', '{"no'), { code: 'ERR_SESSION_UNREADABLE' });
  assert.throws(() => reading.decode('id', '{}x'), { code: 'ERR_SESSION_UNREADABLE' });
  const encoded = reading.encode('id', session, 1);
  assert.deepEqual(reading.decode('id', encoded), session);
});

test('decode: a class Session that reads no text is an error that says so', () => {
  class Other extends Map {
    readonly buffer = new Map();
  }
  const codec = new SessionCodec(Other as unknown as typeof jstp.Session, 1_000, true);
  assert.throws(() => codec.decode('id', '{}'), {
    code: 'ERR_SESSION_UNREADABLE',
    message: /reads a session from a string/,
  });
});
