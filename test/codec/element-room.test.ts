import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  CLONED_HOLES_MAX,
  clonedHolesOf,
  ElementRoom,
  Elements,
  INDEX_MAX,
  indexOf,
} from '../../src/codec/element-room.js';
import { elementsAreInTable } from './elements-in-table.js';
import { assertComesBack, encoded, isPlain, roundTrip } from './round-trip.js';
import { assertSameValue } from './same-value.js';

test('index of a key: is that of the element which the key means, and none of any other', () => {
  const keys = ['0', '7', '10', '4294967294', '4294967295', '9999999999', '01', '00', '-1', '1e3'];
  assert.deepEqual(
    [...keys, '', '1.5', ' 1', 'a', '5a', '12345678901']
      .map(indexOf)
      .filter((i) => i !== undefined),
    [0, 7, 10, INDEX_MAX],
  );
  const anyKey = fc.oneof(
    fc.nat().map(String),
    fc.string().filter((key) => key !== 'length'),
    fc.stringMatching(/^[0-9]{1,12}$/),
  );
  fc.assert(
    fc.property(anyKey, (key) => {
      // An array becomes longer by an element only.
      const array = Object.defineProperty([], key, { value: 1 });
      assert.equal(indexOf(key), array.length === 0 ? undefined : Number(key));
    }),
  );
});

test('elements in any order and any room: are the same as without', () => {
  const anyIndex = fc.oneof(fc.nat(20), fc.nat(5_000), fc.constantFrom(INDEX_MAX, 2 ** 31));
  const entries = fc.array(fc.tuple(anyIndex, fc.nat()), { maxLength: 30 });
  const property = fc.property(entries, fc.nat(300), fc.boolean(), (list, bytes, isArray) => {
    const made: Record<number, unknown> = isArray ? [] : {};
    const expected: Record<number, unknown> = isArray ? [] : {};
    const elements = new Elements(made, new ElementRoom(bytes));
    for (const [index, value] of list) {
      elements.set(index, value);
      expected[index] = value;
    }
    if (Array.isArray(expected)) elements.setLength(expected.length);
    assertSameValue(made, expected);
  });
  fc.assert(property, { numRuns: 300 });
});

test('room: is one for all, and tables take none of it', () => {
  const room = new ElementRoom(10);
  const make = (index: number) => {
    const object = {};
    new Elements(object, room).set(index, 1);
    return elementsAreInTable(object);
  };
  // 80 holes.
  assert.deepEqual([50, 31, 30, 1, 0].map(make), [false, true, false, true, false]);
});

test('plain objects with far keys: have no memory for holes once they are many', () => {
  const objects = Array.from({ length: 1_000 }, () => ({ 1000: 1 }));
  assert(isPlain(encoded(objects)));
  const back = roundTrip(objects) as object[];
  const inTable = back.filter(elementsAreInTable).length;
  assert(inTable > 900, `${inTable} in tables`);
  assertSameValue(back, objects);
  assert(!elementsAreInTable(roundTrip({ 20: 1 }) as object));
});

test('holes for which a clone has room: are counted as V8 makes it, rounded up', () => {
  const proxy = new Proxy([], { get: () => assert.fail('asked') });
  const cases: [object, number][] = [
    [[1, 2], 0],
    [new Array(100), 100],
    [Object.assign([], { 5: 1 }), 5],
    // In a table in any case.
    [Object.assign([], { 40000000: 1 }), 0],
    [{}, 0],
    [{ a: 1, b: 2 }, 0],
    [{ 0: 1, 1: 2, a: 3 }, 0],
    [{ 500: 1 }, 500],
    [{ 5: 1, 500: 1, a: 1 }, 499],
    [{ 100000: 1 }, 1_023],
  ];
  for (const [object, holes] of cases) {
    assert.equal(clonedHolesOf(object, Object.values(object)), holes, Object.keys(object).join());
  }
  const { proxy: revoked, revoke } = Proxy.revocable([], {});
  revoke();
  for (const object of [proxy, revoked]) assert.equal(clonedHolesOf(object, []), 0);
});

test('array with more holes than V8 may make room for: is refused by its name, or a table', () => {
  const far = (index: number) => Object.assign([], { [index]: 'last' });
  assert.throws(() => encoded([far(CLONED_HOLES_MAX + 1)]), {
    name: 'TypeError',
    message: 'more than 8388608 holes between elements could not be stored',
  });
  assertComesBack(far(2 ** 25 + 1));
  assertComesBack(far(100_000));
});

test('objects with more holes than V8 may make room for: are refused', () => {
  // The last key has V8 keep these here in tables.
  const objects = Array.from({ length: 4_200 }, () => ({ 4294967294: 1, 1023: 1 }));
  assert(isPlain(encoded(objects.slice(0, 10))));
  assert.throws(() => encoded(/not plain/, objects), /more than 8388608 holes/);
});
