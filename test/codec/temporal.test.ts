import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import {
  restoreTemporal,
  type StoredTemporal,
  storedTemporalOf,
  storedTemporalOfTag,
} from '../../src/codec/temporal.js';
import { assertSameValue } from './same-value.js';
import {
  makeTemporal,
  needsTemporal,
  TEMPORALS,
  Temporal,
  temporalClass,
  temporalContents,
} from './temporals.js';

const CLASSES = [
  ...['Instant', 'ZonedDateTime', 'PlainDate', 'PlainTime', 'PlainDateTime'],
  ...['PlainYearMonth', 'PlainMonthDay', 'Duration'],
];

function storedForm(object: object): StoredTemporal {
  return storedTemporalOf(object) ?? assert.fail('no Temporal object');
}

for (const [name, recipe] of Object.entries(TEMPORALS)) {
  test(`${name}: is stored in one-byte characters, and comes back`, needsTemporal, () => {
    const object = makeTemporal(recipe);
    const { classIndex, text } = storedForm(object);
    assert.equal(CLASSES[classIndex], recipe[0]);
    assert.match(text, /^[\x20-\x7e]+$/);
    const back = restoreTemporal(classIndex, text);
    assert.equal(Object.getPrototypeOf(back), temporalClass(recipe[0]).prototype);
    assert(temporalContents(object) !== undefined);
    assertSameValue(back, object);
  });
}

test('each class: has a value in the tests', () => {
  assert.deepEqual(new Set(Object.values(TEMPORALS).map(([name]) => name)), new Set(CLASSES));
});

test('date of each calendar of this Node.js: comes back', needsTemporal, () => {
  let calendars = 0;
  for (const calendar of Intl.supportedValuesOf('calendar')) {
    for (const recipe of [
      ['PlainDate', 2024, 2, 29, calendar],
      ['PlainDateTime', 2024, 2, 29, 1, 2, 3, 4, 5, 6, calendar],
      ['ZonedDateTime', 1_700_000_000_000_000_000n, 'UTC', calendar],
      ['PlainYearMonth', 2024, 2, calendar, 10],
      ['PlainMonthDay', 2, 28, calendar, 1972],
    ] as const) {
      const object = madeOrUndefined(recipe);
      if (object === undefined) continue;
      calendars++;
      const { classIndex, text } = storedForm(object);
      assertSameValue(restoreTemporal(classIndex, text), object);
    }
  }
  assert(calendars > 50, `${calendars} values`);
});

/** Not every calendar that `Intl` lists is one of Temporal. */
function madeOrUndefined(recipe: readonly [string, ...unknown[]]): object | undefined {
  try {
    return makeTemporal(recipe);
  } catch {
    return undefined;
  }
}

test('methods that an object has in place of its own: are not called', needsTemporal, () => {
  for (const recipe of Object.values(TEMPORALS)) {
    const object = makeTemporal(recipe);
    const fail = { value: () => assert.fail('called') };
    const get = { get: () => assert.fail('read') };
    const hostile = Object.defineProperties(makeTemporal(recipe), {
      ...{ toString: fail, toJSON: fail, toInstant: fail, valueOf: fail },
      ...{ timeZoneId: get, calendarId: get, years: get, constructor: get },
    });
    assert.deepEqual(storedForm(hostile), storedForm(object));
  }
});

test('object of a subclass or of another realm: is found by its tag only', needsTemporal, () => {
  const Sub = class extends temporalClass('PlainDate') {
    override toString(): string {
      return 'not what is stored';
    }
  };
  const ofRealm: object = vm.runInNewContext('new Temporal.PlainDate(2026, 2, 28)');
  for (const object of [new Sub(2026, 2, 28), ofRealm]) {
    assert.equal(storedTemporalOf(object), undefined);
    assert.deepEqual(storedTemporalOfTag(object, 'Temporal.PlainDate'), {
      classIndex: CLASSES.indexOf('PlainDate'),
      text: '2026-02-28',
    });
  }
});

test(
  'object that only has the prototype or the tag of a class: is none of it',
  needsTemporal,
  () => {
    for (const name of CLASSES) {
      assert.equal(storedTemporalOf(Object.create(temporalClass(name).prototype)), undefined);
      assert.equal(storedTemporalOfTag({}, `Temporal.${name}`), undefined);
    }
  },
);

test('objects of all other kinds: are no Temporal values', () => {
  for (const object of [{}, [], new Date(), Object.create(null), new (class A {})()]) {
    assert.equal(storedTemporalOf(object), undefined);
    assert.equal(storedTemporalOfTag(object, 'Date'), undefined);
    assert.equal(storedTemporalOfTag(object, 'Temporal.Unknown'), undefined);
  }
});

for (const [classIndex, name] of CLASSES.entries()) {
  test(`Temporal.${name} where there is no Temporal: is refused with what is missing`, {
    skip: Temporal !== undefined && 'this Node.js has Temporal',
  }, () => {
    assert.throws(() => restoreTemporal(classIndex, ''), {
      message: `Temporal.${name}: expected a Node.js that has Temporal (26 or later), got ${process.version}`,
    });
  });

  test(`Temporal.${name} of a text that means none: is refused`, needsTemporal, () => {
    for (const text of ['', 'x', '2026-13-41', '1e400', '[u-ca=hebrew]', '2026-02-28[u-ca=none]']) {
      assert.throws(() => restoreTemporal(classIndex, text), RangeError);
    }
  });
}

test('number of a class that is unknown: is refused', () => {
  assert.throws(
    () => restoreTemporal(CLASSES.length, ''),
    /expected the number of a Temporal class, got 8/,
  );
});
