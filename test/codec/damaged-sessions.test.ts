import assert from 'node:assert/strict';
import { test } from 'node:test';
import jstp from '@metarhia/jstp';
import fc from 'fast-check';
import { SessionStorageError } from '../../src/errors.js';
import { HEAD_BYTES, type SessionCodec } from '../../src/session-codec.js';
import {
  CLONED,
  createCodec,
  encodeGolden,
  encodeLate,
  ID,
  ID_TEXT,
  NOW_MS,
  sessionWith,
} from './sessions.js';

/** Sessions with a value of each kind in each encoding. */
function sampleSessions(): string[] {
  const codec = createCodec();
  const shared = { a: 1 };
  const texts = [
    '',
    'a',
    'é'.repeat(100),
    '日'.repeat(10),
    `ж${'x'.repeat(30)}`,
    'x'.repeat(70),
    'y'.repeat(300),
  ];
  const numbers = [1, -1, 200, 300, -200, -40_000, 70_000, 1.5, 2 ** 40, undefined, null, true];
  const dates = [new Date(NOW_MS), new Date(Number.NaN)];
  const rest = [...dates, -0, 1n, new Set([1]), new Map([['a', 1]]), new Uint8Array([1, 2])];
  const cloned = [2n ** 64n, shared, shared, /a/g, new Error('e', { cause: shared }), Object(1)];
  const memory = [new ArrayBuffer(4), Buffer.from('abc'), new Float64Array(2)];
  const sessions = [
    sessionWith(['texts', texts], ['numbers', numbers], ['rest', rest], ['o', { ключ: { b: [] } }]),
    sessionWith([shared, cloned], ['memory', memory], ['sparse', new Array(50)]),
  ];
  const late = encodeLate(codec, [8, 8, 'late'], [9, 9, CLONED]);
  return [
    ...sessions.map((session) => codec.encode(ID, session, NOW_MS) + late),
    ...encodeGolden(),
  ];
}

/** Nothing but a Session or `ERR_SESSION_UNREADABLE` may come of it. */
function assertReadOrUnreadable(codec: SessionCodec, stored: string): boolean {
  try {
    assert(codec.decode(ID, stored) instanceof jstp.Session);
    return true;
  } catch (error) {
    assert(error instanceof SessionStorageError, String(error));
    assert.equal(error.code, 'ERR_SESSION_UNREADABLE');
    assert(error.message.includes(`session ${ID_TEXT}: `));
    assert(error.cause instanceof Error);
    return false;
  }
}

const DAMAGE_TIMEOUT = { timeout: 30_000 };

test(
  'stored session cut anywhere: is read up to a late message, or unreadable',
  DAMAGE_TIMEOUT,
  () => {
    const codec = createCodec();
    for (const stored of sampleSessions()) {
      let read = 0;
      for (let end = 0; end < stored.length; end++) {
        if (assertReadOrUnreadable(codec, stored.slice(0, end))) read++;
      }
      // Before the first and before the second late messages.
      assert.equal(read, 2);
    }
  },
);

test('stored session with any byte changed: is read or unreadable', DAMAGE_TIMEOUT, () => {
  const codec = createCodec();
  for (const stored of sampleSessions()) {
    for (let i = 0; i < stored.length; i++) {
      const byte = stored.charCodeAt(i);
      for (const other of [0, 1, 0x7f, 0x80, 0xc1, 0xd4, 0xff, byte ^ 1, byte ^ 0x20, byte + 1]) {
        assertReadOrUnreadable(codec, replaceAt(stored, i, 1, String.fromCharCode(other & 0xff)));
      }
    }
    assert(assertReadOrUnreadable(codec, stored));
  }
});

function replaceAt(text: string, start: number, length: number, by: string): string {
  return text.slice(0, start) + by + text.slice(start + length);
}

const anyEdit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(6),
  by: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
});

test('stored session with random edits: is read or unreadable', DAMAGE_TIMEOUT, () => {
  const codec = createCodec();
  const samples = sampleSessions();
  const edits = fc.array(anyEdit, { minLength: 1, maxLength: 6 });
  const property = fc.property(
    fc.constantFrom(...samples),
    edits,
    fc.boolean(),
    (sample, list, fit) => {
      let stored = sample;
      for (const { at, length, by } of list) {
        stored = replaceAt(stored, Math.floor(at * stored.length), length, by);
      }
      assertReadOrUnreadable(codec, fit ? withFrameOfAll(stored) : stored);
    },
  );
  fc.assert(property, { numRuns: 10_000 });
  for (const sample of samples) assert(assertReadOrUnreadable(codec, sample));
});

/** With a head and the length of one frame, so that the edits get to the values. */
function withFrameOfAll(stored: string): string {
  const payload = stored.slice(HEAD_BYTES + 4);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(payload.length);
  return `\x01${'\0'.repeat(8)}${length.toString('latin1')}${payload}`;
}

test('garbage: is read or unreadable', () => {
  const codec = createCodec();
  const garbage = fc.uint8Array({ maxLength: 100 }).map((b) => Buffer.from(b).toString('latin1'));
  const property = fc.property(garbage, (bytes) => {
    assert(!assertReadOrUnreadable(codec, bytes));
    assertReadOrUnreadable(codec, withFrameOfAll(`${'\0'.repeat(HEAD_BYTES + 4)}\x01${bytes}`));
  });
  fc.assert(property, { numRuns: 5_000 });
});

const UNREADABLE: Record<string, [hex: string, reason: RegExp]> = {
  'nothing at all': ['', /expected format version 1, got undefined/],
  'format version 0': [`00${'00'.repeat(8)}0000000201c0`, /expected format version 1, got 0/],
  'format version 2': [`02${'00'.repeat(8)}0000000201c0`, /expected format version 1, got 2/],
  'format version 255': [`ff${'00'.repeat(8)}0000000201c0`, /expected format version 1, got 255/],
  'head only': [`01${'00'.repeat(8)}`, /expected the values of a frame at byte 13 of 9/],
  'frame of no bytes': [`01${'00'.repeat(8)}00000000`, /expected the values of a frame/],
  'frame longer than all': [`01${'00'.repeat(8)}0000000301c0`, /expected the values of a frame/],
  'frame of 4 GB': [`01${'00'.repeat(8)}ffffffff01c0`, /expected the values of a frame/],
  'values that end before their frame': [
    frameHex('01018181'),
    /expected values up to byte 17, got them up to 16/,
  ],
  'values that end behind their frame': [
    `${frameHex('010184')}0000000401018100`,
    /expected values up to byte 16, got them up to 17/,
  ],
  'list without a session': [frameHex('0100'), /expected a value at byte 15, got the end/],
  'session without its number of messages': [
    frameHex('0106818181818181'),
    /expected a number of messages, got null/,
  ],
  'session with -1 messages': [
    frameHex('0108818181818184ff8181'),
    /expected a number of messages, got -1/,
  ],
  'session with half a message': [
    frameHex('0108818181818187000000000000e03f8181'),
    /expected a number of messages, got 0.5/,
  ],
  'session with less messages than it says': [
    frameHex('01088181818181028181'),
    /expected a session with 2 messages in 8 values/,
  ],
  'session with a key without a value': [
    frameHex('010781818181810081'),
    /expected a session with 0 messages in 7 values/,
  ],
  'late messages without a message': [
    `${frameHex('0106818181818100')}0000000401020581`,
    /expected an id for each late message, got 2 values/,
  ],
  '4 G values': [frameHex('01ffffffffff'), /expected a value at byte 19, got NaN/],
  'array of 4 G elements': [frameHex('01018dffffffffff'), /expected a value at byte 21, got NaN/],
  'set of 4 G elements': [frameHex('01018effffffffff'), /expected a value at byte 21, got NaN/],
  'map of 4 G entries': [frameHex('01018fffffffffff'), /expected a value at byte 21, got NaN/],
  'text of 4 GB': [frameHex('010189ffffffffff'), /expected 4294967295 bytes at byte 21 of 21/],
  'wide text of 4 GB': [frameHex('01018affffffffff'), /expected 4294967295 bytes at byte 21 of 21/],
  'bytes of 4 GB': [frameHex('01018cffffffffff'), /expected 4294967295 bytes at byte 21 of 21/],
  'short text that is cut off': [frameHex('01017f61'), /expected 63 bytes at byte 16 of 17/],
  'number that is cut off': [frameHex('010187000000'), /expected 8 bytes at byte 16 of 19/],
  'object without an end': [frameHex('010190416101'), /expected a key at byte 19, got NaN/],
  'object with a number for a key': [frameHex('0101900501'), /expected a key at byte 16, got 5/],
  'array of 64 K arrays of 64 K': [
    frameHex(`0101${'8dffffff0000'.repeat(200)}`),
    /expected at most 64 levels/,
  ],
  '60,000 levels': [frameHex(`0101${'8d01'.repeat(60_000)}81`), /expected at most 64 levels/],
  'end of an object outside of one': [frameHex('010191'), /expected a value at byte 15, got 145/],
  'unknown tag': [frameHex('0101ff'), /expected a value at byte 15, got 255/],
  'clone too short for a checksum': [frameHex('020000'), /outside buffer bounds|out of range/],
};

function frameHex(payload: string): string {
  return `01${'00'.repeat(8)}${(payload.length / 2).toString(16).padStart(8, '0')}${payload}`;
}

for (const [name, [hex, reason]] of Object.entries(UNREADABLE)) {
  test(`${name}: is unreadable, and said to be, without much memory`, () => {
    const codec = createCodec();
    // What it read before must not pass for what is missing.
    codec.decode(ID, codec.encode(ID, sessionWith(['before', 1]), NOW_MS));
    const stored = Buffer.from(hex, 'hex').toString('latin1');
    const before = memoryInUse();
    assert.throws(() => codec.decode(ID, stored), {
      code: 'ERR_SESSION_UNREADABLE',
      message: reason,
    });
    assert(memoryInUse() - before < 32 * 1_048_576);
    assert(codec.decode(ID, codec.encode(ID, sessionWith(), NOW_MS)));
  });
}

function memoryInUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
