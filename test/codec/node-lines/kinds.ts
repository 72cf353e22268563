import { makeTemporal, TEMPORALS, Temporal } from '../temporals.js';

/** A kind of state of a session. */
export interface Kind {
  /** Makes an equal value each time. */
  readonly make: () => unknown;
  /** What a Node.js that cannot make it cannot read either. */
  readonly needs?: Need;
  /** False for what `structuredClone` refuses. Default: true. */
  readonly isCloneable?: boolean;
}

export interface Need {
  readonly isThere: boolean;
  /** Of the error on a Node.js that has it not. */
  readonly message: RegExp;
}

const FLOAT16: Need = {
  isThere: 'Float16Array' in globalThis,
  message: /Float16Array: expected a Node\.js that has it \(24 or later\)/,
};
// Node.js 20 and 22 do not even take it as a literal.
const MODIFIERS_PATTERN = '(?i:a)b';
const MODIFIERS: Need = {
  isThere: canCompile(MODIFIERS_PATTERN),
  message: /Invalid regular expression: /,
};

function canCompile(pattern: string): boolean {
  try {
    return new RegExp(pattern).test('Ab');
  } catch {
    return false;
  }
}

function temporal(name: string): Need {
  return {
    isThere: Temporal !== undefined,
    message: new RegExp(`Temporal\\.${name}: expected a Node\\.js that has Temporal \\(26 or`),
  };
}

/** Only taken with the flag v. */
const SETS_PATTERN = '[\\p{L}--[a-z]]';

type Makers = Record<string, () => unknown>;

const PRIMITIVES: Makers = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  zero: () => 0,
  'minus zero': () => -0,
  'largest tag number': () => 63,
  '8 bits': () => [64, -1, 127, -128],
  '16 bits': () => [128, -129, 32_767, -32_768],
  '32 bits': () => [32_768, -32_769, 2 ** 31 - 1, -(2 ** 31)],
  'more than 32 bits': () => [2 ** 31, 2 ** 53 - 1, 2 ** 53, -(2 ** 60)],
  fraction: () => 1.5,
  'smallest number': () => 5e-324,
  'largest number': () => Number.MAX_VALUE,
  NaN: () => Number.NaN,
  Infinity: () => [Infinity, -Infinity],
  'bigint zero': () => 0n,
  'bigint of 64 bits': () => [2n ** 63n - 1n, -(2n ** 63n)],
  'bigint of 65 bits': () => [2n ** 63n, -(2n ** 63n) - 1n],
  'bigint of 4,000 bits': () => -(2n ** 4_000n),
  'empty text': () => '',
  'text of ASCII': () => 'hello',
  'text of one-byte characters': () => 'Grüße',
  'text of two-byte characters': () => 'привіт',
  'text of a pair': () => '\u{1f600}',
  'text of half a pair': () => '\ud800',
  'text with a byte order mark': () => '\ufeffa',
  'text with a NUL': () => 'a\0b',
  'text of 64 characters': () => 'x'.repeat(64),
  'text of 255 characters': () => 'x'.repeat(255),
  'text of 300 characters': () => 'x'.repeat(300),
  'text of 300 two-byte characters': () => 'й'.repeat(300),
};

const CONTAINERS: Makers = {
  'empty object': () => ({}),
  object: () => ({ a: 1, b: 'two' }),
  'object in an object': () => ({ a: { b: { c: null } } }),
  'object without a prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'object with integer-like keys': () => ({ 2: 'two', 1: 'one', a: 0 }),
  'object with hostile keys': () => JSON.parse('{"__proto__":{"a":1},"constructor":2,"then":3}'),
  "object with the host's keys": () => ({ buffer: [1], storage: { a: 1 }, connection: 'text' }),
  'object with wide keys': () => ({ ключ: 1, '\u{1f600}': 2, '': 3 }),
  'instance of a class': () =>
    new (class Point {
      readonly x = 1;
      readonly #hidden = 2;
      get y() {
        return this.#hidden;
      }
    })(),
  'object with a getter': () => ({
    get a() {
      return { given: true };
    },
  }),
  'empty array': () => [],
  array: () => [1, 'two', null, undefined, [3]],
  'array of 300': () => Array.from({ length: 300 }, (_, i) => i * 1.5),
  'array of fractions': () => [0.5, 1.5, 2.5],
  'array with a hole': () => Object.assign(new Array(4), { 1: 'one' }),
  'array with a property': () => Object.assign([1, 2], { extra: 'property' }),
  'array of 50 holes': () => new Array(50),
  'match of a regular expression': () => /b(?<c>c)?/.exec('abc'),
  'empty map': () => new Map(),
  map: () =>
    new Map<unknown, unknown>([
      ['a', 1],
      [1n, null],
      [null, undefined],
      [{ key: true }, [1]],
    ]),
  'map of a subclass': () => new (class Other extends Map<unknown, unknown> {})([['a', 1]]),
  'map in a map': () => new Map([[new Map([[1, 2]]), new Map()]]),
  'empty set': () => new Set(),
  set: () => new Set<unknown>([1, 'a', null, Number.NaN, { a: 1 }]),
  'set of a subclass': () => new (class Other extends Set {})(['a']),
  '64 levels': () => levels(62, (inner) => [inner]),
  '65 levels': () => levels(65, (inner) => ({ inner })),
  '400 levels': () => levels(400, (inner) => new Map([[1, inner]])),
};

function levels(count: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 'core';
  for (let level = 0; level < count; level++) value = wrap(value);
  return value;
}

const REFERENCES: Makers = {
  'object that is there twice': () => {
    const shared = { a: 1 };
    return [shared, shared];
  },
  'date that is there twice': () => {
    const shared = new Date(5);
    return { first: shared, second: [shared] };
  },
  'bytes that are there twice': () => {
    const shared = new Uint8Array([1, 2]);
    return new Map<unknown, unknown>([[shared, shared]]);
  },
  'object in itself': () => {
    const object: Record<string, unknown> = {};
    Object.assign(object, { self: object });
    return object;
  },
  'two views of one memory': () => {
    const buffer = memory();
    return [new Uint8Array(buffer, 0, 4), new Int16Array(buffer, 2, 4)];
  },
  'key of a map that is also its value': () => {
    const key = { a: 1 };
    return new Map([[key, { key }]]);
  },
  'errors with one cause': () => {
    const cause = { a: 1 };
    return [new Error('one', { cause }), new RangeError('other', { cause })].map(withStack);
  },
  'array, map and set in a circle': () => {
    const array: unknown[] = [];
    array.push(new Map([[1, new Set([array])]]));
    return array;
  },
};

const OTHERS: Makers = {
  date: () => new Date(1_700_000_000_123),
  'first and last date': () => [new Date(-8.64e15), new Date(8.64e15)],
  'invalid date': () => new Date(Number.NaN),
  'regular expression': () => /a|b/,
  'regular expression with flags': () => /a/dgimsuy,
  'regular expression of sets': () => new RegExp(SETS_PATTERN, 'v'),
  'regular expression of two-byte characters': () => /привіт/u,
  'regular expression with groups': () => /(?<year>\d{4})-(?<=x)\k<year>/,
  'boxed number': () => Object(1.5),
  'boxed text': () => Object('text'),
  'boxed boolean': () => [Object(true), Object(false)],
  'boxed bigint': () => Object(2n ** 70n),
};

const ERRORS: Makers = {
  ...Object.fromEntries(
    [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
      (Class) => [Class.name, () => withStack(new Class('message'))],
    ),
  ),
  'error without a message': () => withStack(new Error()),
  'error with a cause': () => withStack(new Error('message', { cause: { a: [1] } })),
  'error with an error as its cause': () =>
    withStack(new TypeError('outer', { cause: withStack(new RangeError('inner')) })),
  'error with undefined as its cause': () => withStack(new Error('e', { cause: undefined })),
  'error with another name': () => withStack(Object.assign(new Error('e'), { name: 'Another' })),
  'error of a subclass': () => withStack(new (class AppError extends Error {})('message')),
  'error of several': () => withStack(new AggregateError([new Error('e')], 'message')),
  'error with a text of two-byte characters': () => withStack(new Error('привіт')),
};

function withStack(error: Error): Error {
  return Object.assign(error, { stack: `${error.name}: stack` });
}

const VIEWS = [
  ...['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array'],
  ...['Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array', 'DataView'],
  'Float16Array',
];

type ViewClass = new (buffer: ArrayBuffer, byteOffset?: number, length?: number) => unknown;

function viewClass(name: string): ViewClass {
  return Reflect.get(globalThis, name) as ViewClass;
}

function memory(): ArrayBuffer {
  return Uint8Array.from({ length: 32 }, (_, i) => i * 3).buffer;
}

const MEMORY: Makers = {
  ArrayBuffer: memory,
  'empty ArrayBuffer': () => new ArrayBuffer(0),
  'resizable ArrayBuffer': () => new ArrayBuffer(4, { maxByteLength: 16 }),
  Buffer: () => Buffer.from('text'),
  'empty bytes': () => new Uint8Array(0),
  'bytes of 300': () => new Uint8Array(300).fill(7),
};

function kindsOf(makers: Makers, needs?: Need): [string, Kind][] {
  return Object.entries(makers).map(([name, make]) => [
    name,
    needs === undefined ? { make } : { make, needs },
  ]);
}

function viewKinds(name: string): [string, Kind][] {
  return kindsOf(
    {
      [name]: () => new (viewClass(name))(memory()),
      [`${name} of a part`]: () => new (viewClass(name))(memory(), 8, 2),
      [`${name} of nothing`]: () => new (viewClass(name))(memory(), 0, 0),
    },
    name === 'Float16Array' ? FLOAT16 : undefined,
  );
}

function temporalKinds(): [string, Kind][] {
  const kinds = Object.entries(TEMPORALS).flatMap(([name, recipe]) =>
    kindsOf({ [name]: () => makeTemporal(recipe) }, temporal(recipe[0])),
  );
  const date = () => makeTemporal(['PlainDate', 2026, 2, 28]);
  const places: Makers = {
    'Temporal.PlainDate in plain values': () => ({ a: [date(), new Map([[date(), 1]])] }),
    'Temporal.PlainDate in a set': () => new Set([date(), date()]),
    'Temporal.PlainDate beside a regular expression': () => [date(), { of: date() }, /a/],
    'Temporal.PlainDate that is there twice': () => {
      const shared = date();
      return [shared, { shared }];
    },
    'Temporal.PlainDate in the cause of an error': () =>
      withStack(new Error('e', { cause: { date: date() } })),
  };
  const inPlaces = kindsOf(places, temporal('PlainDate'));
  return [...kinds, ...inPlaces].map(([name, kind]) => [name, { ...kind, isCloneable: false }]);
}

export const KINDS: ReadonlyMap<string, Kind> = new Map([
  ...kindsOf({ ...PRIMITIVES, ...CONTAINERS, ...REFERENCES, ...OTHERS, ...ERRORS, ...MEMORY }),
  ...kindsOf(
    { 'regular expression with modifiers': () => new RegExp(MODIFIERS_PATTERN) },
    MODIFIERS,
  ),
  ...VIEWS.flatMap(viewKinds),
  ...temporalKinds(),
]);
