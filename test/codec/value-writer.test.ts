import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { ValueReader } from '../../src/codec/value-reader.js';
import { ValueWriter } from '../../src/codec/value-writer.js';
import { readAll } from './round-trip.js';
import { assertSameValue } from './same-value.js';

const PLAIN: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  zero: () => 0,
  '-0': () => -0,
  NaN: () => Number.NaN,
  'negative infinity': () => -Infinity,
  'numbers at the ends of each size': () =>
    [0, 63, 64, 127, 128, 32_767, 32_768, 2 ** 31 - 1, 2 ** 31].flatMap((n) => [n, -n, -n - 1]),
  'bigints of 64 bits': () => [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)],
  'empty text': () => '',
  'text with a surrogate pair': () => '\u{1f600}',
  'half of a surrogate pair': () => 'a\ud800',
  'text that begins with a byte order mark': () => '\ufeffa',
  'texts around each way to write them': () =>
    [23, 24, 25, 63, 64, 254, 255, 256].flatMap((n) => ['a', 'é', 'ж'].map((c) => c.repeat(n))),
  'long texts with one wide character': () =>
    ['ж', '\u{1f600}', '\ufeff', '日', '\ud800', '\udc00'].flatMap((wide) => [
      wide + 'x'.repeat(300),
      'x'.repeat(300) + wide,
    ]),
  'long wide texts as keys': () => ({ ['ж'.repeat(50)]: 1, [`ж${'x'.repeat(50)}`]: 2 }),
  'text with one wide character at its end': () => [`${'x'.repeat(20)}ж`, `${'x'.repeat(90)}ж`],
  'empty object': () => ({}),
  'object in an object': () => ({ a: { b: { c: 1 } } }),
  'integer-like keys': () => ({ 2: 'two', 1: 'one' }),
  'long and wide keys': () => ({ '': 1, ['k'.repeat(90)]: 1, ключ: 2, '\ufeffa': 3, '\udc00': 4 }),
  'key __proto__': () => JSON.parse('{"__proto__":{"a":1},"b":2}'),
  'key constructor': () => ({ constructor: 1 }),
  'key toJSON': () => ({ toJSON: 1, hasOwnProperty: 2, __keys__: 3 }),
  'hidden property, which a clone leaves out': () =>
    Object.defineProperty({ shown: 1 }, 'hidden', { value: 2 }),
  'frozen object': () => Object.freeze({ a: 1 }),
  'object without a prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'object of another realm': () => vm.runInNewContext('({ a: [{ b: new Date(5) }, new Map()] })'),
  'empty array': () => [],
  'array with undefined': () => [undefined, 1, undefined],
  'array in an array': () => [[[]]],
  'array of a subclass': () => new (class extends Array {})(),
  '300 elements': () => Array.from({ length: 300 }, (_, i) => i),
  'set of objects': () => new Set([{ a: 1 }, { a: 1 }]),
  'map of objects': () =>
    new Map<unknown, unknown>([
      [{ a: 1 }, { a: 1 }],
      ['b', new Map()],
    ]),
  'first date': () => new Date(0),
  'any date': () => [new Date(-1), new Date(8.64e15), new Date(Number.NaN)],
  'date that looks like an object': () => Object.setPrototypeOf(new Date(5), null),
  bytes: () => new Uint8Array([1, 2, 3]),
  'part of other bytes': () => new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
  '64 levels': () => nestedArrays(64),
  '2,000 objects': () => Array.from({ length: 2_000 }, () => ({})),
};

const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };

const NOT_PLAIN: Record<string, () => unknown> = {
  'bigint of 65 bits': () => 2n ** 63n,
  symbol: () => Symbol('refused'),
  function: () => () => {},
  'something else in an object': () => ({ a: { b: /./ } }),
  'something else in an array': () => [[/./]],
  'something else in a set': () => new Set([/./]),
  'something else as a key of a map': () => new Map([[/./, 1]]),
  'something else as a value in a map': () => new Map([[1, /./]]),
  'class instance': () => new (class Point {})(),
  'regular expression': () => /./,
  error: () => new Error('refused'),
  'boxed number': () => Object(1),
  arguments: argumentsObject,
  ...(rawJSON === undefined ? {} : { 'raw JSON': () => rawJSON('1') }),
  'raw JSON in an object': () => ({ a: rawJSON?.('"text"') ?? Symbol('refused too') }),
  'array with a hole': () => Object.assign(new Array(2), { 1: 'last' }),
  'array with a hole at its end': () => new Array(1),
  'array with a property': () => Object.assign([1], { extra: 2 }),
  'array with a hole and a property': () => Object.assign(new Array(2), { 1: 1, extra: 2 }),
  'other typed array': () => new Uint16Array(1),
  'no bytes, as of detached memory': () => new Uint8Array(0),
  'object met before': () => sharedTwice({}),
  'array met before': () => sharedTwice([]),
  'date met before': () => sharedTwice(new Date(0)),
  'object met 1,000 objects before': () => {
    const objects = Array.from({ length: 1_000 }, () => ({}));
    return [...objects, objects[0]];
  },
  'array inside itself': cyclic,
  'proxy of an object': () => new Proxy({}, {}),
  'proxy of an array': () => new Proxy([], {}),
  'proxy of a set': () => new Proxy(new Set(), {}),
  'proxy of a date': () => new Proxy(new Date(), {}),
  'object that looks like an array': () => Object.create(Array.prototype),
  'object that looks like a set': () => Object.create(Set.prototype),
  'object that looks like a date': () => Object.create(Date.prototype),
  'object that looks like bytes': () => Object.create(Uint8Array.prototype),
  'error that looks like an object': () => Object.setPrototypeOf(new Error(), Object.prototype),
  '65 levels': () => nestedArrays(65),
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

function comeBack(values: unknown[], writer = new ValueWriter()): unknown[] {
  assert(writer.write(values, 0));
  const stored = writer.bytes.toString('latin1', 0, writer.length);
  return readAll(new ValueReader(stored, 0, stored.length));
}

for (const [name, make] of Object.entries(PLAIN)) {
  test(`${name}: is plain, and comes back as its clone`, () => {
    const value = make();
    assertSameValue(comeBack([value]), [structuredClone(value)]);
  });
}

for (const [name, make] of Object.entries(NOT_PLAIN)) {
  test(`${name}: is not plain`, () => {
    assert(!new ValueWriter().write([make()], 0));
  });
}

test('values after one that was not plain, or whose getter threw: come back', () => {
  const writer = new ValueWriter();
  const shared = { a: 1 };
  const broken = {
    get thrown(): never {
      throw new RangeError('thrown by a getter');
    },
  };
  assert(!writer.write([shared, /./], 0));
  assert.throws(() => writer.write([shared, broken], 0), /thrown by a getter/);
  assertSameValue(comeBack([shared], writer), [{ a: 1 }]);
});

test('objects that hide built-in properties: are read by what they are', () => {
  const misleading = { toJSON: () => 'misled', getTime: () => 0, constructor: Map, length: 0 };
  const hidden = (object: object) => {
    for (const [key, value] of Object.entries(misleading)) {
      Object.defineProperty(object, key, { value });
    }
    return Object.defineProperty(object, Symbol.iterator, { value: () => [][Symbol.iterator]() });
  };
  const values = [new Date(5), new Uint8Array([1]), new Set([1]), new Map([[1, 2]])];
  assertSameValue(comeBack(values.map(hidden)), structuredClone(values));
});

test('getter of an element: is called once', () => {
  let calls = 0;
  const value = Object.defineProperty([1], 0, { enumerable: true, get: () => ({ n: ++calls }) });
  assertSameValue(comeBack([{ value }]), [{ value: [{ n: 1 }] }]);
});

test('getter that adds to what is being written: what was there before comes back', () => {
  const set = new Set<unknown>();
  const map = new Map<unknown, unknown>();
  const array: unknown[] = [];
  const record: Record<string, unknown> = {};
  const greedy = (add: () => void) => ({
    get more() {
      add();
      return 1;
    },
  });
  const addToSet = () => set.add(greedy(addToSet));
  const addToMap = () => map.set(greedy(addToMap), greedy(addToMap));
  const addToArray = () => array.push(greedy(addToArray));
  const addToRecord = () => {
    record[`key ${Object.keys(record).length}`] = greedy(addToRecord);
  };
  for (const add of [addToSet, addToMap, addToArray, addToRecord]) add();
  const element = { more: 1 };
  assertSameValue(comeBack([set, map, array, record]), [
    new Set([element]),
    new Map([[{ ...element }, { ...element }]]),
    [{ ...element }],
    { 'key 0': { ...element } },
  ]);
});

test('getter that removes what has not been written yet: it is left out', () => {
  const record = {
    get first() {
      Reflect.deleteProperty(record, 'second');
      return 1;
    },
    second: 2,
    third: 3,
  };
  assertSameValue(comeBack([record]), [{ first: 1, third: 3 }]);
});

test('properties of Object.prototype: are left out', () => {
  Object.defineProperty(Object.prototype, 'polluted', {
    configurable: true,
    enumerable: true,
    value: 1,
  });
  try {
    assert.deepEqual(Object.keys(comeBack([{ a: 1 }])[0] as object), ['a']);
  } finally {
    Reflect.deleteProperty(Object.prototype, 'polluted');
  }
});
