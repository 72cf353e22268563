import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { IdKey, idOfWords, wordsOfKind } from '../../src/shard/id-key.js';
import { SESSION_ID_LENGTH_MAX } from '../../src/slots.js';

const UUID = '01234567-89ab-cdef-fedc-ba9876543210';

/** All that is stored of an id. */
function storedOf(key: IdKey, id: string): string {
  key.read(id);
  return `${key.kind}: ${key.words.subarray(0, wordsOfKind(key.kind)).join()}`;
}

function wordsOf(id: string): number {
  const key = new IdKey();
  key.read(id);
  return wordsOfKind(key.kind);
}

test('ids that differ are stored differently', () => {
  const key = new IdKey();
  const ids = [
    '',
    'a',
    'a\0',
    'a\0\0\0',
    'a\0\0\0\0',
    'aĀ',
    'Āa',
    'Ā',
    'Ā\0',
    '\0Ā',
    'ÿ',
    '＀',
    '\ud800',
    UUID,
    UUID.toUpperCase(),
    `${UUID} `,
    UUID.slice(1),
    UUID.replaceAll('-', ''),
    UUID.replace('f', 'g'),
    UUID.replace('-', '_'),
    UUID.replace('a', 'Ａ'),
    UUID.replace('0', 'İ'),
    `{${UUID.slice(2)}}`,
    '-'.repeat(36),
  ];
  const stored = ids.map((id) => storedOf(key, id));
  assert.equal(new Set(stored).size, ids.length);
  assert.deepEqual(
    ids.map((id) => storedOf(key, id)),
    stored,
  );
});

test('any two ids are stored differently, whatever was read before', () => {
  const character = fc.constantFrom('0', 'f', 'F', '-', '\0', 'ÿ', 'Ā', '＀', '\ud800');
  const id = fc.oneof(
    fc.string({ unit: character, maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.uuid(),
    fc.uuid().map((uuid) => uuid.toUpperCase()),
    fc.tuple(fc.uuid(), fc.nat(35), character).map(([uuid, at, other]) => {
      return uuid.slice(0, at) + other + uuid.slice(at + 1);
    }),
  );
  const key = new IdKey();
  fc.assert(
    fc.property(id, id, (one, other) => {
      const isSame = storedOf(key, one) === storedOf(key, other);
      assert.equal(isSame, one === other);
    }),
    { numRuns: 2_000 },
  );
});

test('id takes as few words as its characters allow', () => {
  assert.equal(wordsOf(UUID), 4);
  assert.equal(wordsOf(UUID.toUpperCase()), 9);
  assert.equal(wordsOf(''), 0);
  assert.equal(wordsOf('12345'), 2);
  assert.equal(wordsOf('Ā2345'), 3);
  assert.equal(wordsOf('\uffff'.repeat(SESSION_ID_LENGTH_MAX)), SESSION_ID_LENGTH_MAX / 2);
});

test('id beyond the longest is refused', () => {
  const id = 'x'.repeat(SESSION_ID_LENGTH_MAX + 1);
  assert.throws(() => new IdKey().read(id), { message: /at most 1024, got 1025/ });
});

test('hash is the same for the same id, and another with other keys', () => {
  const key = new IdKey();
  const other = new IdKey();
  let same = 0;
  for (let i = 0; i < 100; i++) {
    key.read(`id ${i}`);
    const { hash } = key;
    key.read('between');
    key.read(`id ${i}`);
    assert.equal(key.hash, hash);
    other.read(`id ${i}`);
    if (other.hash === hash) same++;
  }
  assert(same < 5, `${same} of 100`);
});

for (const [name, idOf] of [
  ['UUIDs', () => randomUUID()],
  ['numbers', (i: number) => `${i}`],
  ['UUIDs of one digit', (i: number) => `${i}`.padStart(8, '0') + UUID.slice(8)],
  ['characters far apart', (i: number) => String.fromCharCode(i << 4)],
  ['long ids with one difference', (i: number) => 'x'.repeat(900) + i],
] as const) {
  test(`hashes of ${name} are spread evenly`, () => {
    const key = new IdKey();
    const counts = new Array<number>(64).fill(0);
    for (let i = 0; i < 4_096; i++) {
      key.read(idOf(i));
      const part = key.hash >>> 26;
      counts[part] = (counts[part] ?? 0) + 1;
    }
    // 64 on average, with a deviation of 8.
    assert(Math.max(...counts) < 64 + 7 * 8, `${Math.max(...counts)}`);
    assert(Math.min(...counts) > 64 - 7 * 8, `${Math.min(...counts)}`);
  });
}

test('idOfWords: an id comes back from what is stored of it', () => {
  const key = new IdKey();
  const anyId = fc.oneof(
    fc.uuid(),
    fc.string({ unit: 'binary', maxLength: SESSION_ID_LENGTH_MAX / 2 }),
    fc.string({ unit: 'grapheme-ascii', maxLength: SESSION_ID_LENGTH_MAX }),
    fc.constantFrom('', '\ud800', 'ÿ', 'Āa', UUID.toUpperCase(), `${UUID} `),
  );
  fc.assert(
    fc.property(anyId, fc.nat(9), (id, at) => {
      key.read(id);
      const words = new Int32Array(at + wordsOfKind(key.kind));
      words.set(key.words.subarray(0, wordsOfKind(key.kind)), at);
      assert.equal(idOfWords(key.kind, words, at), id);
    }),
  );
});
