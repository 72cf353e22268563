import assert from 'node:assert/strict';
import { test } from 'node:test';
import jstp from '@metarhia/jstp';
import fc from 'fast-check';
import { sessionOfText } from '../../src/codec/session-text.js';
import { contentsOf, ID, sessionWith } from './sessions.js';

function read(text: string): jstp.Session {
  return sessionOfText(jstp.Session, 'stored id', text) as jstp.Session;
}

/** What is in the state after the host has written it as JSON, which drops or changes some of it. */
function written(state: unknown): unknown {
  return new Map(Object.entries(JSON.parse(JSON.stringify(state)) as object));
}

const STATES: Record<string, [state: Record<string, unknown>, comesBackAs?: unknown]> = {
  'a nested key storage': [{ disk: { storage: '4 GB' } }],
  'nested keys storage of each type': [
    {
      a: [{ storage: 1 }, { storage: null }, { storage: {} }, { storage: true }, { storage: [1] }],
    },
  ],
  'a nested storage of pairs': [{ disk: { storage: [['a', 1]] } }],
  'a nested key buffer that was a text': [
    { media: { buffer: 'low' } },
    { media: { buffer: ['l', 'o', 'w'] } },
  ],
  'nested keys buffer of other types': [
    { a: { buffer: 5 }, b: { buffer: [1, [2]] }, c: { buffer: new Map([['k', 'v']]) } },
    { a: { buffer: [] }, b: { buffer: [1, [2]] }, c: { buffer: [['k', 'v']] } },
  ],
  'state keys of these names': [{ storage: 'text', buffer: [1], connection: 2, __proto: 3 }],
  'a nested key connection, which the host leaves out': [
    { a: { connection: 1, b: 2 } },
    { a: { b: 2 } },
  ],
};

for (const [name, [state, comesBackAs = state]] of Object.entries(STATES)) {
  test(`session with ${name}: is read, and all that is beside it`, () => {
    const session = sessionWith(...Object.entries(state), ['beside', { x: [1] }]);
    session._bufferMessage(-7, '{"event":[-7,"chat"],"message":["hello"]}');
    session.receivedCount = 3;
    const back = read(session.toString());
    assert(back instanceof jstp.Session);
    assert.equal(back.connection, null);
    const entries = [...(written(comesBackAs) as Map<unknown, unknown>), ['beside', { x: [1] }]];
    const { username, guaranteedDeliveredCount, receivedCount, latestBufferedMessageId } = session;
    const fields = [username, guaranteedDeliveredCount, receivedCount, latestBufferedMessageId];
    assert.deepEqual(contentsOf(back), [ID, fields, [...session.buffer], entries]);
  });
}

test('session of any JSON: comes back as the host has written it, under any keys', () => {
  const keys = fc.constantFrom('buffer', 'storage', 'connection', 'id', '__proto__', 'a');
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      // No null: the host throws when it writes one under the key buffer.
      fc.constantFrom<unknown>(true, 1.5, '', 'text', '\ud83d'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(keys, tie('value'), { maxKeys: 3 }),
    ),
  }));
  const property = fc.property(fc.array(fc.tuple(keys, value)), (state) => {
    const session = sessionWith(...state);
    const text = session.toString();
    const { storage } = JSON.parse(text) as { storage: unknown };
    assert.deepEqual([...read(text)], storage);
  });
  fc.assert(property, { numRuns: 1_000 });
});

test('session without a username, or with another one than a text: is read', () => {
  for (const username of [undefined, null, { name: 'user' }]) {
    const session = new jstp.Session(null, username as never, ID);
    assert.deepEqual(read(session.toString()).username, username ?? null);
  }
});

test('session whose text has no id of its own: has the one that it is stored under', () => {
  assert.equal(read('{"buffer":[],"storage":[]}').id, 'stored id');
  assert.equal(read('{"id":"","buffer":[],"storage":[]}').id, 'stored id');
  assert.equal(read('{"id":{"a":1},"buffer":[],"storage":[]}').id, 'stored id');
});

test('field that the Session class does not know: is left out, and the session read', () => {
  const back = read('{"id":"own","since":1,"__proto__":{"a":1},"buffer":[],"storage":[["k",1]]}');
  assert.deepEqual([back.id, back.get('k'), Object.hasOwn(back, 'since')], ['own', 1, false]);
  assert(back instanceof jstp.Session);
});

const SECRET = '3f2b8c1e-9a4d-4e6f';
const NO_SESSIONS = [
  ...['', '{', 'null', '5', '[]', '"text"', '{}', '{"buffer":[]}', '{"storage":[]}'],
  ...['{"buffer":{},"storage":[]}', '{"buffer":[],"storage":[1]}', '{"buffer":[],"storage":[[1]]}'],
  ...[`{"id":"${SECRET}"`, `{"id":"${SECRET}"x`, `{"id":${SECRET}}`, `"${SECRET}"`],
];

for (const text of NO_SESSIONS) {
  test(`text ${text}: is refused without a quotation from it`, () => {
    assert.throws(
      () => read(text),
      (error: Error) => {
        assert.match(error.message, /^expected (JSON|a list of pairs as (buffer|storage))/);
        assert(!String(error.stack).includes(SECRET.slice(0, 8)));
        assert(!('cause' in error));
        return true;
      },
    );
  });
}
