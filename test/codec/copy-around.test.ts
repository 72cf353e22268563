import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deserializeClone, serializeClone } from '../../src/codec/clone-codec.js';
import { copyAround, type ObjectGraph } from '../../src/codec/copy-around.js';
import { partsOf } from '../../src/codec/object-parts.js';
import type { StoredTemporal } from '../../src/codec/temporal.js';
import { decoded, encoded, isPlain } from './round-trip.js';
import { assertSameValue } from './same-value.js';
import { makeTemporal, needsTemporal, temporalClass } from './temporals.js';

const date = () => makeTemporal(['PlainDate', 2026, 2, 28]);
const time = () => makeTemporal(['PlainTime', 12, 34]);

class Cart {
  readonly since: object;
  readonly #hidden = 1;
  constructor(since: object) {
    this.since = since;
  }
  get size(): number {
    return this.#hidden;
  }
}

function errorWith(cause: unknown, properties: object = {}): Error {
  const error = Object.assign(new RangeError('message', { cause }), properties);
  error.stack = 'stack';
  return error;
}

type Pair = [value: unknown, expected: unknown];

/** Values around Temporal objects, or what a test has in place of them, and what is to come of each. */
const VALUES: Record<string, (mark: () => object) => Pair> = {
  'alone, beside a regular expression': (mark) => same({ since: mark(), pattern: /a/g }),
  'deep in arrays and objects': (mark) => same([{ a: [{ b: mark() }] }, /a/]),
  'in an array with a hole and a property': (mark) =>
    same(Object.assign(new Array(4), { 1: mark(), 2: 'two', extra: [mark()] })),
  'as keys and values of a map': (mark) =>
    same(
      new Map<unknown, unknown>([
        [mark(), [mark()]],
        [/a/, 1],
      ]),
    ),
  'in a set, beside one that is equal': (mark) => same(new Set([mark(), mark(), /a/])),
  'under hostile keys': (mark) => {
    const value = JSON.parse('{"__proto__":0,"constructor":0,"toString":0}');
    for (const key of Object.keys(value)) {
      Object.defineProperty(value, key, { value: [mark(), /a/], enumerable: true });
    }
    const expected = JSON.parse('{"__proto__":0,"constructor":0,"toString":0}');
    for (const key of Object.keys(value)) {
      Object.defineProperty(expected, key, { value: [mark(), /a/] });
    }
    return [value, expected];
  },
  'in an object without a prototype': (mark) => [
    Object.assign(Object.create(null), { since: mark(), pattern: /a/ }),
    { since: mark(), pattern: /a/ },
  ],
  'in an instance of a class of users': (mark) => [new Cart(mark()), { since: mark() }],
  'in the cause of an error': (mark) => [
    errorWith({ since: mark() }, { left: 'out' }),
    errorWith({ since: mark() }),
  ],
  'as the cause of an error that has another name': (mark) => {
    const expected = new Error('message');
    expected.stack = 'stack';
    Object.defineProperty(expected, 'cause', { value: mark(), configurable: true, writable: true });
    return [errorWith(mark(), { name: 'Another' }), expected];
  },
  'in what a getter gives': (mark) => [
    {
      get since() {
        return { date: mark() };
      },
      pattern: /a/,
    },
    { since: { date: mark() }, pattern: /a/ },
  ],
  'beside things that are not copied': (mark) =>
    same([mark(), new Float64Array(2), new ArrayBuffer(3), new Date(5), Object(1n), 2n ** 70n]),
};

function same(value: unknown): Pair {
  return [value, value];
}

for (const [name, make] of Object.entries(VALUES)) {
  test(`Temporal object ${name}: comes back`, needsTemporal, () => {
    const [value, expected] = make(date);
    assertSameValue(deserializeClone(serializeClone(value)), expected);
    assertSameValue(decoded(encoded(value)), [expected]);
  });

  test(`object that is marked ${name}: has a stand-in in the copy`, () => {
    const marks = new Map<object, StoredTemporal>();
    const [value] = make(() => {
      const object = {};
      marks.set(object, { classIndex: marks.size, text: '' });
      return object;
    });
    const source = copyAround(value, marks, graphOf(value, marks));
    const [, expected] = make(() => new Uint8Array(0));
    assertSameValue(structuredClone(source.value), structuredClone(expected));
    assert(marks.size > 0);
    assert.deepEqual([...source.standIns.values()], [...marks.values()]);
  });
}

function graphOf(value: unknown, marks: ReadonlyMap<object, unknown>): ObjectGraph {
  const objects = new Set<unknown>([value]);
  const parts: (readonly unknown[])[] = [];
  for (const object of objects) {
    parts.push(marks.has(object as object) ? [] : partsOf(object as object));
    for (const part of parts.at(-1) ?? []) if (Object(part) === part) objects.add(part);
  }
  return { objects: [...objects] as object[], parts };
}

test('object that is marked in a cycle: has one stand-in, and what does not lead to it is not copied', () => {
  const mark = {};
  const apart = { pattern: /a/ };
  const first: Record<string, unknown> = { apart };
  const second = { first, mark, again: [mark] };
  Object.assign(first, { second, apart });
  const marks = new Map([[mark, { classIndex: 0, text: '' }]]);
  const { value, standIns } = copyAround(first, marks, graphOf(first, marks));
  const copy = value as {
    apart: object;
    second: { first: unknown; mark: unknown; again: unknown[] };
  };
  assert.notEqual(copy, first);
  assert.equal(copy.second.first, copy);
  assert.equal(copy.second.mark, copy.second.again[0]);
  assert(standIns.has(copy.second.mark as object));
  assert.equal(copy.apart, apart);
});

test('object whose keys change while it is read: is refused', () => {
  const mark = {};
  const value: Record<string, unknown> = { mark };
  const marks = new Map([[mark, { classIndex: 0, text: '' }]]);
  const graph = graphOf(value, marks);
  Object.assign(value, { more: 1 });
  assert.throws(() => copyAround(value, marks, graph), /an object that stays the same/);
});

test('Temporal object with properties of its own: comes back without them', needsTemporal, () => {
  const value = Object.assign(date(), { left: 'out', of: [time()] });
  assertSameValue(decoded(encoded([value, /a/])), [[date(), /a/]]);
  assertSameValue(decoded(encoded(value)), [date()]);
});

test(
  'Temporal objects in plain values: come back in the format of plain values',
  needsTemporal,
  () => {
    const values = [date(), [time()], { a: { b: date() } }, new Map([[date(), time()]])];
    const bytes = encoded(...values, new Set([date(), date()]));
    assert(isPlain(bytes));
    assertSameValue(decoded(bytes), [...values, new Set([date(), date()])]);
  },
);

test('Temporal object that is there twice: comes back as one object', needsTemporal, () => {
  const shared = date();
  const owner = { shared };
  const values = [shared, [shared, owner], owner, new Map([[shared, owner]]), /a/];
  assertSameValue(decoded(encoded(...values)), values);
});

test('Temporal object in a cycle: comes back in one', needsTemporal, () => {
  const first: Record<string, unknown> = { name: 'first' };
  const second = { first, pattern: /a/, date: undefined as unknown };
  Object.assign(first, { second, list: [first, second] });
  assertSameValue(decoded(encoded(first)), [first]);
  second.date = date();
  assertSameValue(decoded(encoded(first)), [first]);
});

test('values of users around a Temporal object: are as they were before', needsTemporal, () => {
  const cause = { since: date() };
  const error = errorWith(cause);
  const value = { error, list: [cause, /a/], map: new Map([[cause, error]]) };
  encoded(value);
  assert.equal(value.error, error);
  assert.equal(error.cause, cause);
  assert.deepEqual([...value.map], [[cause, error]]);
  assert(cause.since instanceof temporalClass('PlainDate'));
});

test(
  'Temporal objects of a subclass and of an unusual prototype: come back as of their class',
  needsTemporal,
  () => {
    const Sub = class extends temporalClass('PlainDate') {};
    assertSameValue(decoded(encoded(new Sub(2026, 2, 28))), [date()]);
    const other = Object.setPrototypeOf(date(), Object.create(Object.getPrototypeOf(date())));
    assertSameValue(decoded(encoded({ other })), [{ other: date() }]);
  },
);

test(
  'thousands of Temporal objects, far more levels than the stack has frames: are done or refused',
  needsTemporal,
  () => {
    const dates = Array.from({ length: 5_000 }, () => [date(), /a/]);
    assertSameValue(decoded(encoded(dates)), [dates]);
    let deep: unknown = date();
    for (let level = 0; level < 100_000; level++) deep = [deep];
    assert.throws(() => encoded(deep), RangeError);
  },
);

const NOT_COPIED: Record<string, () => object> = {
  promise: () => Promise.resolve(),
  'weak map': () => new WeakMap(),
  arguments: () => argumentsOf(1),
  Blob: () => new Blob(['text']),
  URL: () => new URL('http://example.org'),
  iterator: () => [1].values(),
  'number format': () => new Intl.NumberFormat(),
  proxy: () => new Proxy({}, {}),
};

function argumentsOf(..._values: unknown[]): object {
  // biome-ignore lint/complexity/noArguments: the subject
  return arguments;
}

for (const [name, make] of Object.entries(NOT_COPIED)) {
  test(`${name} that has a Temporal object: is refused as without it`, needsTemporal, () => {
    assert.throws(() => encoded(make()));
    assert.throws(() => encoded(Object.assign(make(), { since: date() })));
    assert.throws(() => encoded([make(), date(), /a/]));
  });
}
