import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import type jstp from '@metarhia/jstp';
import { SessionStorageError } from '../../src/errors.js';
import type { JstpSession } from '../../src/jstp-session.js';
import type { LateMessages } from '../../src/session-codec.js';
import { createCodec, ID, ID_TEXT, NOW_MS, sessionWith } from './sessions.js';

const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };

const REFUSED: Record<string, () => unknown> = {
  function: () => () => {},
  symbol: () => Symbol('refused'),
  promise: () => Promise.resolve(),
  'weak map': () => new WeakMap(),
  generator: () => (function* () {})(),
  proxy: () => new Proxy({}, {}),
  socket: () => new Socket(),
  Blob: () => new Blob(['text']),
  'reason of an aborted signal': () => AbortSignal.abort().reason,
  URL: () => new URL('http://example.org'),
  // Missing on Node.js 20.
  ...(rawJSON === undefined ? {} : { 'raw JSON': () => rawJSON('1') }),
  SharedArrayBuffer: () => new SharedArrayBuffer(1),
  'getter that throws': () => ({
    get broken() {
      throw new Error('thrown by a getter');
    },
  }),
};

const PLACES: Record<string, [path: string, put: (session: jstp.Session, value: unknown) => void]> =
  {
    'in the state': ['key "cart"', (session, value) => session.set('cart', value)],
    'deep in the state': [
      'key "cart".items.1.of',
      (session, of) => session.set('cart', { items: [0, { of }] }),
    ],
    'beside a value that is not plain': [
      'key "cart".of',
      (session, of) => session.set('cart', { minusZero: -0, of }),
    ],
    'as a key of a map': [
      'key "cart".map[key ',
      (session, value) => session.set('cart', { map: new Map([[value, 1]]) }),
    ],
    'as a key of the state': ['key ', (session, value) => session.set(value, 1)],
    'in the username': [
      'field username.of',
      (session, of) => {
        session.username = { of };
      },
    ],
    'as a counter': [
      'field receivedCount',
      (session, value) => {
        session.receivedCount = value;
      },
    ],
    'as a message': ['field buffer[7]', (session, value) => session.buffer.set(7, value)],
    'as the id of a message': ['field buffer', (session, value) => session.buffer.set(value, 'm')],
  };

for (const [name, make] of Object.entries(REFUSED)) {
  for (const [place, [path, put]] of Object.entries(PLACES)) {
    test(`${name} ${place}: is refused, with the id, the path and the cause`, () => {
      const session = sessionWith(['before', 1]);
      put(session, make());
      const error = refusalOf(() => createCodec().encode(ID, session, NOW_MS));
      const start = `The session cannot be stored: session ${ID_TEXT}: ${path}`;
      assert.equal(error.message.slice(0, start.length), start);
      assert(error.cause instanceof Error);
    });
  }
  test(`${name} as a late message: is refused, with the id and the cause`, () => {
    const late: LateMessages = [1, 1, { of: make() }];
    const error = refusalOf(() => createCodec().encodeLateMessages(ID, late));
    assert(error.message.includes(`session ${ID_TEXT}: late message.of`));
    assert(error.cause instanceof Error);
  });
}

function refusalOf(encode: () => unknown): SessionStorageError {
  try {
    encode();
  } catch (error) {
    assert(error instanceof SessionStorageError);
    assert.equal(error.code, 'ERR_SESSION_NOT_SERIALIZABLE');
    return error;
  }
  return assert.fail('expected a refusal');
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

const NO_SESSIONS: Record<string, () => unknown> = {
  undefined: () => undefined,
  text: () => 'session',
  Map: () => new Map(),
  'Map with a list for a buffer': () => Object.assign(new Map(), { buffer: [] }),
  'proxy of a session': () => new Proxy(sessionWith(), {}),
  'proxy that has been revoked': () => revoked(sessionWith()),
  'session whose buffer cannot be read': () =>
    Object.defineProperty(new Map(), 'buffer', { get: () => assert.fail('read') }),
  'session with a key that cannot be described': () => sessionWith([revoked({}), 1]),
};

for (const [name, make] of Object.entries(NO_SESSIONS)) {
  test(`${name}: is refused, with the id`, () => {
    const error = refusalOf(() => createCodec().encode(ID, make() as JstpSession, NOW_MS));
    assert(error.message.includes(`session ${ID_TEXT}: `));
    assert(error.cause instanceof Error);
  });
}

test('session with a long id: is refused with the id shortened', () => {
  const error = refusalOf(() =>
    createCodec().encode('i'.repeat(1_000), sessionWith(['f', () => {}]), NOW_MS),
  );
  assert.match(error.message, /session "iiiiiiii"\.\.\. \(SHA-256 [0-9a-f]{12}\): key "f": /);
});

test('getter that throws the first time only: the refusal is what it threw', () => {
  let calls = 0;
  const value = {
    get broken() {
      if (calls++ === 0) throw new Error('thrown once');
      return 'mended';
    },
  };
  const session = sessionWith(['value', value]);
  session._bufferMessage(1, 'message');
  const error = refusalOf(() => createCodec().encode(ID, session, NOW_MS));
  assert.equal(error.message, `The session cannot be stored: session ${ID_TEXT}: thrown once`);
});
