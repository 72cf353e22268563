import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { serializeClone } from '../../src/codec/clone-codec.js';
import { decodeValues, type Encoded, encodeValues } from '../../src/codec/value-codec.js';
import {
  assertAnyInstantsComeBack,
  assertAnyValuesComeBack,
  assertComesBack,
  assertCommonValuesComeBack,
  assertInterleavedValuesComeBack,
  decoded,
  encoded,
  isPlain,
  roundTrip,
  valuesIn,
} from './round-trip.js';
import { assertSameValue } from './same-value.js';
import { needsTemporal } from './temporals.js';

test('values of the common types come back as structuredClone gives them', () => {
  assertCommonValuesComeBack(2_000);
});

test('values of any type, shared and cyclic, come back as structuredClone gives them', () => {
  assertAnyValuesComeBack(2_000);
});

test('values of any type, with Temporal objects among them, come back', needsTemporal, () => {
  assertAnyInstantsComeBack(2_000);
});

test('values encoded and decoded in turns do not disturb one another', () => {
  assertInterleavedValuesComeBack(1_000);
});

const NAMED_VALUES: Record<string, () => unknown> = {
  'text of 200,000 characters of several bytes': () => 'aé日\u{1f600}'.repeat(40_000),
  'text of 100,000 one-byte characters': () => 'a'.repeat(100_000),
  'texts of each length up to 600': () => lengths(600, (length) => 'x'.repeat(length)),
  'texts of each length up to 300 of several bytes': () => lengths(300, (n) => 'é日'.repeat(n)),
  'texts of each length that begin with a byte order mark': () =>
    lengths(100, (length) => `\ufeff${'é'.repeat(length)}`),
  'keys of each length up to 300': () => objectOf(300, (i) => 'k'.repeat(i)),
  'keys of each length of several bytes': () => objectOf(300, (i) => 'ключ'.repeat(i)),
  'object with 1,000 keys': () => objectOf(1_000, (i) => `key ${i}`),
  'object with 70,000 keys': () => objectOf(70_000, (i) => `key ${i}`),
  'integer-like keys': () => objectOf(300, (i) => String(i * 3)),
  '200 objects of different shapes': () => lengths(200, (i) => ({ [`a${i}`]: i, [`b${i}`]: i })),
  '250 objects of different shapes, twice each': () =>
    [1, 2].map((n) => lengths(100, (i) => ({ [`key ${i}`]: n, [`other ${i}`]: [n] }))),
  '2,000 objects of one shape': () => lengths(2_000, (id) => ({ id, name: `name ${id}` })),
  '100,000 numbers': () => lengths(100_000, (i) => i * 1.5),
  'whole numbers of each size': () =>
    lengths(54, (i) => [2 ** i - 1, 2 ** i, -(2 ** i), 1 - 2 ** i]),
  'array of length 2^32 - 1 with one element': () => Object.assign([], { 4294967294: 'last' }),
  'set of 1,000': () => new Set(lengths(1_000, String)),
  'map of 1,000': () => new Map(lengths(1_000, (i) => [{ i }, String(i)])),
  'bytes of each length up to 300': () => lengths(300, (length) => new Uint8Array(length).fill(7)),
  '100,000 bytes': () => new Uint8Array(100_000).fill(7),
  'dates with each millisecond': () => lengths(1_000, (ms) => new Date(1_700_000_000_000 + ms)),
  'match of a regular expression': () => /b(?<c>c)?/.exec('abc'),
  'symbol keys and hidden properties': () =>
    Object.defineProperty({ [Symbol('left out')]: 1, kept: 2 }, 'hidden', { value: 3 }),
  'view of shared memory': () => new Uint8Array(new SharedArrayBuffer(4)).fill(7),
  '100 levels of objects': () => nested(100, (inner) => ({ inner })),
  '100 levels of arrays': () => nested(100, (inner) => [inner]),
  '100 levels of maps': () => nested(100, (inner) => new Map([[inner, 1]])),
  '100 levels of sets': () => nested(100, (inner) => new Set([inner])),
};

function lengths<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count + 1 }, (_, i) => make(i));
}

function objectOf(count: number, key: (i: number) => string): Record<string, number> {
  return Object.fromEntries(lengths(count, (i) => [key(i), i]));
}

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 'core';
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

for (const [name, make] of Object.entries(NAMED_VALUES)) {
  test(`${name}: comes back as structuredClone gives it`, () => assertComesBack(make()));
}

test('20,000 levels are refused, as structuredClone refuses them', () => {
  const deep = nested(20_000, (inner) => [inner]);
  assert.throws(() => structuredClone(deep), RangeError);
  assert.throws(() => encoded(deep), RangeError);
});

test('objects with the keys that other codecs keep for themselves leave later values alone', () => {
  const hostile = [{ __keys__: 1 }, {}, { a: 1, __keys__: { a: 1 } }, { a: 1 }];
  assertComesBack(hostile);
  for (const innocent of [{}, { a: 1 }, [{ a: 1 }, { a: 2 }], { a: {} }]) assertComesBack(innocent);
});

test('object in two values of a list is one object when they come back', () => {
  const shared = { a: 1 };
  const [one, other] = decoded(encoded(shared, { shared }));
  assert.equal(one, (other as { shared: unknown }).shared);
});

test('getter is called once for a plain value, and what it said is stored', () => {
  let calls = 0;
  const value = {
    get counted() {
      return ++calls;
    },
  };
  assert.deepEqual(roundTrip(value), { counted: 1 });
});

for (const [name, second] of Object.entries({
  'a function': () => {},
  'a symbol': Symbol('second'),
  '-0': -0,
  'a Map': new Map(),
})) {
  test(`getter that gives ${name} the second time: what it said first is stored`, () => {
    let calls = 0;
    const value = {
      get changing() {
        return calls++ === 0 ? 'first' : second;
      },
    };
    assert.deepEqual(roundTrip(value), { changing: 'first' });
  });
}

test('getter that encodes another value meanwhile: both come back', () => {
  const inner: unknown[] = [];
  const shared = { name: 'shared' };
  const value = {
    shared,
    get inner() {
      inner.push(roundTrip({ shared }));
      return 'outer';
    },
    again: shared,
  };
  const back = roundTrip(value) as { shared: unknown; again: unknown };
  assertSameValue(back, { shared, inner: 'outer', again: shared });
  assert(inner.length > 0);
  for (const each of inner) assert.deepEqual(each, { shared });
});

test('bytes of an encoding leave the space in front to the caller', () => {
  for (const values of [['plain'], [2n ** 64n]]) {
    const alone = textOf(encodeValues(values, 0));
    assert.equal(textOf(encodeValues(values, 254)).slice(254), alone);
  }
});

function textOf({ bytes, length }: Encoded): string {
  return bytes.toString('latin1', 0, length);
}

test('encoding of a small value after a large one: is as it was before', () => {
  const before = valuesIn(encoded('small'));
  encoded('x'.repeat(5_000_000));
  assert.deepEqual(valuesIn(encoded('small')), before);
});

test('encoding of unknown number is refused', () => {
  assert.throws(() => decodeValues('\x03\x90', 0, 2), /expected encoding 1 or 2, got 3/);
});

test('clone of something else than a list is refused', () => {
  const payload = serializeClone('text');
  const head = Buffer.alloc(5);
  head[0] = 2;
  head.writeUInt32BE(crc32(payload), 1);
  const stored = Buffer.concat([head, payload]).toString('latin1');
  assert.throws(
    () => decodeValues(stored, 0, stored.length),
    /expected an array, got a string of 4 characters/,
  );
});

test('clone with a damaged length is refused before it is read', () => {
  const bytes = encoded(2n ** 64n);
  assert(!isPlain(bytes));
  for (let i = 14; i < bytes.length; i++) {
    const damaged = Buffer.from(bytes);
    damaged[i] = (damaged[i] ?? 0) ^ 0x20;
    assert.throws(() => decoded(damaged), /expected checksum \d+, got \d+/);
  }
});
