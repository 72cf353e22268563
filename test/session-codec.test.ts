import assert from 'node:assert/strict';
import { test } from 'node:test';
import jstp from '@metarhia/jstp';
import fc from 'fast-check';
import type { JstpSession } from '../src/jstp-session.js';
import type { LateMessages, SessionCodec } from '../src/session-codec.js';
import { anyRecipe, build, commonRecipe, type Recipe } from './codec/any-value.js';
import { assertSameValue } from './codec/same-value.js';
import {
  CLONED,
  contentsOf,
  createCodec,
  encodeGolden,
  encodeLate,
  goldenSessions,
  ID,
  NOW_MS,
  sessionWith,
  withoutWriter,
} from './codec/sessions.js';

function roundTrip(session: JstpSession, codec = createCodec()): JstpSession {
  return codec.decode(ID, codec.encode(ID, session, NOW_MS));
}

const anyValue = fc.oneof(commonRecipe, anyRecipe);
const anySession = fc
  .record({
    ownId: fc.constantFrom(ID, 'another id', '\u{1f600}\ud800', '__proto__'),
    fields: fc.tuple(anyValue, anyValue, anyValue, anyValue),
    buffer: fc.array(fc.tuple(fc.oneof(fc.integer(), fc.double(), fc.bigInt()), fc.string())),
    state: fc.array(fc.tuple(anyValue, anyValue), { maxLength: 6 }),
  })
  .map(({ ownId, fields, buffer, state }) => {
    const begun: object[] = [];
    const make = (recipe: Recipe) => clonedOrText(build(recipe, begun));
    const session = new jstp.Session(null, make(fields[0]), ownId);
    session.guaranteedDeliveredCount = make(fields[1]);
    session.receivedCount = make(fields[2]);
    session.latestBufferedMessageId = make(fields[3]);
    for (const [id, message] of buffer) session.buffer.set(id, message);
    for (const [key, value] of state) session.set(make(key), make(value));
    return session;
  });

/** A text instead of what some Node.js refuses to clone: an error among its own causes. */
function clonedOrText(value: unknown): unknown {
  try {
    structuredClone(value);
    return value;
  } catch {
    return 'refused';
  }
}

test('session with any values: comes back as structuredClone gives its values', () => {
  const codec = createCodec();
  const property = fc.property(anySession, (session) => {
    const expected = structuredClone(contentsOf(session));
    assertSameValue(contentsOf(roundTrip(session, codec)), expected);
    assertSameValue(structuredClone(contentsOf(session)), expected);
  });
  fc.assert(property, { numRuns: 600 });
});

test('session: comes back as one of the host, without a connection, closed to new fields', () => {
  const original = sessionWith(['role', 'admin']);
  original.connection = { server: 'live' };
  const back = roundTrip(original);
  assert(back instanceof jstp.Session);
  assert.equal(back.connection, null);
  assert(!Object.isExtensible(back));
  assert.deepEqual(Object.keys(back), Object.keys(original));
  assert(back.buffer instanceof Map && Object.getPrototypeOf(back.buffer) === Map.prototype);
});

test('new session of the host: comes back as it was', () => {
  const session = new jstp.Session(null);
  const codec = createCodec();
  const back = codec.decode(session.id, codec.encode(session.id, session, NOW_MS));
  assert.deepStrictEqual(contentsOf(back), contentsOf(session));
});

test('session stored under another id: keeps its own', () => {
  const back = roundTrip(new jstp.Session(null, 'user', 'own id'));
  assert.equal(back.id, 'own id');
});

test('session stored under its own id: takes the id that it is asked for', () => {
  const codec = createCodec();
  const stored = codec.encode(ID, sessionWith(), NOW_MS);
  assert(!stored.includes(ID));
  assert.equal(codec.decode('renamed', stored).id, 'renamed');
});

test('session and buffer that are iterated in ways of their own: come back whole', () => {
  class ShyMap extends Map<unknown, unknown> {
    override [Symbol.iterator]() {
      return new Map([['shown', this.size]])[Symbol.iterator]();
    }
  }
  class ShySession extends jstp.Session {
    override [Symbol.iterator]() {
      return new Map([['shown', this.size]])[Symbol.iterator]();
    }
  }
  const session = new ShySession(null, 'user', ID, new Map([['a', 1]]).set('b', 2));
  session.buffer = new ShyMap([[1, 'one']]).set(2, 'two');
  const back = roundTrip(session);
  assert.deepEqual([...back.buffer.keys()], [...session.buffer.keys()]);
  assert.deepEqual([...back.keys()], ['a', 'b']);
});

test('counters that a client made up: come back', () => {
  const session = sessionWith();
  session._bufferMessage(-7, '{"negative":[]}');
  session._bufferMessage(2.5, '{"odd":[]}');
  session.guaranteedDeliveredCount = { made: ['up'] };
  session.receivedCount = Number.NaN;
  const back = roundTrip(session);
  assert.deepStrictEqual(contentsOf(back), contentsOf(session));
  assert.deepEqual([...back.buffer.keys()], [7, 2.5]);
  assert.equal(back.latestBufferedMessageId, 2.5);
});

test('object in the state, the username and the buffer: is one object again', () => {
  const shared = { name: 'shared' };
  const session = sessionWith([shared, [shared]]);
  session.username = shared;
  session.buffer.set(1, shared);
  const back = roundTrip(session);
  assert.notEqual(back.username, shared);
  assert.equal([...back.keys()][0], back.username);
  assert.equal((back.get(back.username) as unknown[])[0], back.username);
  assert.equal(back.buffer.get(1), back.username);
});

test('late messages, stored or given: are added in order', () => {
  const codec = createCodec();
  const session = sessionWith();
  session._bufferMessage(1, 'first');
  const stored =
    codec.encode(ID, session, NOW_MS) + encodeLate(codec, [3, 2, 'second', 3, 'third'], [4]);
  const back = codec.decode(ID, stored, [
    [5, 1, 'first again'],
    [-6, 6, { sixth: -0 }],
  ]);
  assert.deepStrictEqual(
    [...back.buffer],
    [
      [1, 'first again'],
      [2, 'second'],
      [3, 'third'],
      [6, { sixth: -0 }],
    ],
  );
  assert.equal(back.latestBufferedMessageId, -6);
});

test('late messages with any values: come back', () => {
  const codec = createCodec();
  const stored = codec.encode(ID, sessionWith(), NOW_MS);
  const property = fc.property(fc.array(fc.tuple(anyValue, anyValue)), (recipes) => {
    const late: LateMessages = [recipes.length];
    for (const [id, message] of recipes) {
      late.push(clonedOrText(build(id)), clonedOrText(build(message)));
    }
    const back = codec.decode(ID, stored + encodeLate(codec, late));
    const expected = codec.decode(ID, stored, [structuredClone(late)]);
    assertSameValue(contentsOf(back), contentsOf(expected));
  });
  fc.assert(property, { numRuns: 300 });
});

test('sessions decoded in turns: leave one another alone', () => {
  const codec = createCodec();
  const value = () => ({ bytes: new Uint8Array([1, 2, 3]), text: 'é', list: [1, 'two'] });
  const one = codec.decode(ID, codec.encode(ID, sessionWith(['one', value()]), NOW_MS));
  const other = sessionWith(['other', new Uint8Array(400).fill(0xff)], ['text', 'x'.repeat(400)]);
  codec.decode(ID, codec.encode(ID, other, NOW_MS));
  codec.encode(ID, other, NOW_MS);
  assertSameValue(one.get('one'), value());
});

for (const length of [65_400, 65_440, 65_500, 65_536, 65_600, 500_000]) {
  test(`session with a text of ${length} characters: comes back`, () => {
    const session = sessionWith(['text', 'x'.repeat(length)], ['last', 'value']);
    assert.deepStrictEqual(contentsOf(roundTrip(session)), contentsOf(session));
  });
}

test('Session class that reads a session in its methods: gets its own values', () => {
  let codec: SessionCodec | undefined;
  class BusySession extends jstp.Session {
    override set(key: unknown, value: unknown): this {
      const busy = codec;
      codec = undefined;
      busy?.decode(ID, other);
      codec = busy;
      return super.set(key, value);
    }
  }
  codec = createCodec(undefined, BusySession);
  const other = codec.encode(ID, sessionWith(['other', 'y'.repeat(300)]), NOW_MS);
  const session = sessionWith(['a', 1], ['b', ['two']]);
  const stored = codec.encode(ID, session, NOW_MS) + encodeLate(codec, [2, 2, 'own']);
  const back = codec.decode(ID, stored);
  assert.deepStrictEqual(contentsOf(back), [
    ID,
    ['user', 0, 0, 2],
    [[2, 'own']],
    [
      ['a', 1],
      ['b', ['two']],
    ],
  ]);
});

for (const [name, thrown] of Object.entries({
  'an error': new Error('thrown by a test'),
  'an error without a text': Object.assign(new Error(), { message: Symbol('s') }),
  nothing: undefined,
})) {
  test(`Session class that throws ${name}: makes the session unreadable`, () => {
    class ThrowingSession extends jstp.Session {
      constructor() {
        super(null);
        throw thrown;
      }
    }
    const stored = createCodec().encode(ID, sessionWith(), NOW_MS);
    assert.throws(() => createCodec(undefined, ThrowingSession).decode(ID, stored), {
      code: 'ERR_SESSION_UNREADABLE',
      cause: thrown,
    });
  });
}

const GOLDEN_HEX = [
  [
    '01018bcfe5680000000000020201164475736572000007810107687b226576656e74223a5b372c226368617422',
    '5d2c226d657373616765223a5b2268656c6c6f225d7d44726f6c654561646d696e467669736974730c44636172',
    '748d0342613141e987000000000000f83f4573696e63658b00008056febc7842446d6f726590476e6f7468696e',
    '6781437365748e01834562797465738c020102918a083a043b044e0447048f0388010000000000000087000000',
    '000000008084ff852c0186701101008940',
    '78'.repeat(64),
    '446c6f6e6789ffff000000',
    '78'.repeat(255),
    '0000000901030808446c6174650000002d021a3e8c59ff0f41016103490049124902491249045a200000000000',
    '0000000100000000000000400303240001',
  ],
  [
    '01018bcfe56800000100000057022b570e75ff0f4101610849004e000000000000008049024900490449004906',
    '4900490822066f776e206964490a4900490c6f7b00490e3b22036269675a200000000000000000010000000000',
    '00003a024008082400010000000901030808446c6174650000002d021a3e8c59ff0f4101610349004912490249',
    '1249045a2000000000000000000100000000000000400303240001',
  ],
].map((lines) => lines.join(''));

test('stored sessions: are written as by the versions before, but for the writer in the stamp', () => {
  const hex = encodeGolden().map((stored) => {
    const older = withoutWriter(stored);
    assert.notEqual(stored, older);
    return Buffer.from(older, 'latin1').toString('hex');
  });
  assert.deepEqual(hex, GOLDEN_HEX);
});

test('sessions stored by the versions before: are read', () => {
  for (const [i, session] of goldenSessions().entries()) {
    session._bufferMessage(8, 'late');
    session.buffer.set(9, CLONED);
    session.latestBufferedMessageId = 9;
    const stored = Buffer.from(GOLDEN_HEX[i] as string, 'hex').toString('latin1');
    assert.deepStrictEqual(contentsOf(createCodec().decode(ID, stored)), contentsOf(session));
  }
});
