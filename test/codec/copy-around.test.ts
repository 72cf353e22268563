import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deserializeClone, serializeClone } from '../../src/codec/clone-codec.js';
import { decoded, encoded, isPlain } from './round-trip.js';
import { assertSameValue } from './same-value.js';
import { makeTemporal, needsTemporal, temporalClass } from './temporals.js';

/** What of the values of this test is the same each time. */
const date = () => makeTemporal(['PlainDate', 2026, 2, 28]);
const time = () => makeTemporal(['PlainTime', 12, 34]);

class Cart {
  readonly since = date();
  readonly #hidden = 1;
  get size(): number {
    return this.#hidden;
  }
}

function errorWith(cause: unknown, properties: object = {}): Error {
  const error = Object.assign(new RangeError('message', { cause }), properties);
  error.stack = 'stack';
  return error;
}

/** Each value, and what is to come of it. */
const VALUES: Record<string, () => [value: unknown, expected: unknown]> = {
  'alone, beside a regular expression': () => same({ since: date(), pattern: /a/g }),
  'deep in arrays and objects': () => same([{ a: [{ b: date() }] }, /a/]),
  'in an array with a hole and a property': () =>
    same(Object.assign(new Array(4), { 1: date(), 2: 'two', extra: [time()] })),
  'as keys and values of a map': () =>
    same(
      new Map<unknown, unknown>([
        [date(), [time()]],
        [/a/, 1],
      ]),
    ),
  'in a set, beside one that is equal': () => same(new Set([date(), date(), /a/])),
  'under hostile keys': () => {
    const value = JSON.parse('{"__proto__":0,"constructor":0,"toString":0}');
    for (const key of Object.keys(value)) {
      Object.defineProperty(value, key, { value: [date(), /a/], enumerable: true });
    }
    const expected = JSON.parse('{"__proto__":0,"constructor":0,"toString":0}');
    for (const key of Object.keys(value)) {
      Object.defineProperty(expected, key, { value: [date(), /a/] });
    }
    return [value, expected];
  },
  'in an object without a prototype': () => [
    Object.assign(Object.create(null), { since: date(), pattern: /a/ }),
    { since: date(), pattern: /a/ },
  ],
  'in an instance of a class of users': () => [new Cart(), { since: date() }],
  'in the cause of an error': () => [
    errorWith({ since: date() }, { left: 'out' }),
    errorWith({ since: date() }),
  ],
  'as the cause of an error that has another name': () => {
    const expected = new Error('message');
    expected.stack = 'stack';
    Object.defineProperty(expected, 'cause', { value: date(), configurable: true, writable: true });
    return [errorWith(date(), { name: 'Another' }), expected];
  },
  'in what a getter gives': () => [
    {
      get since() {
        return { date: date() };
      },
      pattern: /a/,
    },
    { since: { date: date() }, pattern: /a/ },
  ],
  'with properties of its own': () => [
    Object.assign(date(), { left: 'out', of: [time()] }),
    date(),
  ],
  'beside things that are not copied': () =>
    same([date(), new Float64Array(2), new ArrayBuffer(3), new Date(5), Object(1n), 2n ** 70n]),
};

function same(value: unknown): [value: unknown, expected: unknown] {
  return [value, value];
}

for (const [name, make] of Object.entries(VALUES)) {
  test(`Temporal object ${name}: comes back`, needsTemporal, () => {
    const [value, expected] = make();
    assertSameValue(deserializeClone(serializeClone(value)), expected);
    assertSameValue(decoded(encoded(value)), [expected]);
  });
}

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
