import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainCopy } from '../../src/codec/plain-copy.js';

const LAST_DATE_MS = 2 ** 32 * 1_000 - 1;

const PLAIN: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  zero: () => 0,
  NaN: () => Number.NaN,
  'negative infinity': () => -Infinity,
  'empty text': () => '',
  'text with a surrogate pair': () => '\u{1f600}',
  'text with a byte order mark inside': () => 'a\ufeff',
  'empty object': () => ({}),
  'object in an object': () => ({ a: { b: { c: 1 } } }),
  'integer-like keys': () => ({ 2: 'two', 1: 'one' }),
  'key toJSON': () => ({ toJSON: 1, hasOwnProperty: 2, __keys__: 3 }),
  'hidden property, which a clone leaves out': () =>
    Object.defineProperty({ shown: 1 }, 'hidden', { value: 2 }),
  'frozen object': () => Object.freeze({ a: 1 }),
  'empty array': () => [],
  'array with undefined': () => [undefined, 1, undefined],
  'array in an array': () => [[[]]],
  'set of objects': () => new Set([{ a: 1 }, { a: 1 }]),
  'first date': () => new Date(0),
  'last date': () => new Date(LAST_DATE_MS),
  bytes: () => new Uint8Array([1, 2, 3]),
  'part of other bytes': () => new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
  '64 levels': () => nestedArrays(64),
  '256 objects': () => Array.from({ length: 255 }, () => ({})),
};

const NOT_PLAIN: Record<string, () => unknown> = {
  '-0': () => -0,
  bigint: () => 1n,
  symbol: () => Symbol('refused'),
  function: () => () => {},
  'half of a surrogate pair': () => 'a\ud800',
  'text that begins with a byte order mark': () => '\ufeffa',
  'key that begins with a byte order mark': () => ({ '\ufeffa': 1 }),
  'half of a surrogate pair as a key': () => ({ '\udc00': 1 }),
  'key __proto__': () => JSON.parse('{"__proto__":1}'),
  'key constructor': () => ({ constructor: 1 }),
  'something else in an object': () => ({ a: { b: -0 } }),
  'something else in an array': () => [[1n]],
  'something else in a set': () => new Set([-0n]),
  'object without a prototype': () => Object.create(null),
  'class instance': () => new (class Point {})(),
  map: () => new Map(),
  'regular expression': () => /./,
  error: () => new Error('refused'),
  'boxed number': () => Object(1),
  arguments: argumentsObject,
  'array with a hole': () => Object.assign(new Array(2), { 1: 'last' }),
  'array with a hole at its end': () => new Array(1),
  'array with a property': () => Object.assign([1], { extra: 2 }),
  'array with a hole and a property': () => Object.assign(new Array(2), { 1: 1, extra: 2 }),
  'array of a subclass': () => new (class extends Array {})(),
  'date before the first': () => new Date(-1),
  'date after the last': () => new Date(LAST_DATE_MS + 1),
  'invalid date': () => new Date(Number.NaN),
  Buffer: () => Buffer.from('a'),
  'other typed array': () => new Uint16Array(1),
  'no bytes, as of detached memory': () => new Uint8Array(0),
  'object met before': () => sharedTwice({}),
  'array met before': () => sharedTwice([]),
  'date met before': () => sharedTwice(new Date(0)),
  'array inside itself': cyclic,
  'proxy of an object': () => new Proxy({}, {}),
  'proxy of an array': () => new Proxy([], {}),
  'proxy of a set': () => new Proxy(new Set(), {}),
  'object that looks like an array': () => Object.create(Array.prototype),
  'object that looks like a set': () => Object.create(Set.prototype),
  'object that looks like a date': () => Object.create(Date.prototype),
  'object that looks like bytes': () => Object.create(Uint8Array.prototype),
  'array that looks like an object': () => Object.setPrototypeOf([], Object.prototype),
  'error that looks like an object': () => Object.setPrototypeOf(new Error(), Object.prototype),
  '65 levels': () => nestedArrays(65),
  '257 objects': () => Array.from({ length: 256 }, () => ({})),
};

function argumentsObject(..._: unknown[]): unknown {
  // biome-ignore lint/complexity/noArguments: the subject
  return arguments;
}

function sharedTwice(object: object): unknown {
  return [object, object];
}

function cyclic(): unknown {
  const array: unknown[] = [];
  array.push({ array });
  return array;
}

function nestedArrays(levels: number): unknown {
  let value: unknown = 'core';
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

for (const [name, make] of Object.entries(PLAIN)) {
  test(`${name}: has a plain copy, equal to its clone`, () => {
    const value = make();
    assert.deepStrictEqual(plainCopy([value]), [structuredClone(value)]);
  });
}

for (const [name, make] of Object.entries(NOT_PLAIN)) {
  test(`${name}: has no plain copy`, () => {
    assert.equal(plainCopy([make()]), undefined);
  });
}

test('objects in a plain copy are all new, without what hides a built-in property', () => {
  const misleading = { toJSON: () => 'misled', getTime: () => 0, constructor: Map };
  const originals = [
    { a: 1 },
    Object.assign(new Date(5), misleading),
    Object.assign(new Uint8Array([1]), misleading),
    Object.assign(new Set([1]), misleading),
    [1],
  ];
  const copies = plainCopy(originals) as object[];
  assert.deepStrictEqual(copies, [{ a: 1 }, new Date(5), new Uint8Array([1]), new Set([1]), [1]]);
  for (const [i, copy] of copies.entries()) {
    assert.notEqual(copy, originals[i]);
    assert(!Object.hasOwn(copy, 'toJSON'));
  }
});

test('plain copy of a getter is what it said, called once', () => {
  let calls = 0;
  const value = Object.defineProperty([1], 0, { enumerable: true, get: () => ({ n: ++calls }) });
  const copy = plainCopy([{ value }]) as [{ value: unknown[] }];
  assert.deepStrictEqual(Object.getOwnPropertyDescriptor(copy[0].value, 0)?.value, { n: 1 });
});

test('what a getter throws is passed on', () => {
  const value = {
    get broken(): never {
      throw new RangeError('thrown by a getter');
    },
  };
  assert.throws(() => plainCopy([value]), /thrown by a getter/);
});
