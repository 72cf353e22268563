import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
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
  for (const text of ['{}', '{}x', '{"buffer":[],"storage":{}}']) {
    assert.throws(() => reading.decode('id', text), { code: 'ERR_SESSION_UNREADABLE' });
  }
  const encoded = reading.encode('id', session, 1);
  assert.deepEqual(reading.decode('id', encoded), session);
});

test('decode: text of the host that cannot be read, wherever it is damaged: the error hides the id in it', () => {
  const id = '5d0c7f1a-93be-4a61-b0d2-6e8f4c7a2b19';
  const codec = new SessionCodec(jstp.Session, 1_000_000, true);
  const text = new jstp.Session(null, 'user', id, new Map([['a', 1]])).toString();
  let refused = 0;
  for (let at = 1; at < text.length; at++) {
    for (const damaged of [text.slice(0, at), `${text.slice(0, at)}\n"${text.slice(at)}`]) {
      try {
        codec.decode(id, damaged);
      } catch (error) {
        assert.equal(Reflect.get(error as object, 'code'), 'ERR_SESSION_UNREADABLE');
        const picture = inspect(error, { depth: null, showHidden: true });
        assert(!picture.includes(id.slice(8)), picture);
        refused++;
      }
    }
  }
  assert(refused > text.length);
});
