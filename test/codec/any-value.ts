import fc from 'fast-check';

/** A recipe for a value: data that fast-check can print and shrink, also for cyclic values. */
export type Recipe =
  | { readonly kind: 'primitive'; readonly value: unknown }
  | { readonly kind: 'record'; readonly of: RecordKind; readonly entries: readonly Entry[] }
  | {
      readonly kind: 'array';
      readonly elements: readonly (Recipe | null)[];
      readonly extras: readonly Entry[];
    }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Recipe, Recipe])[] }
  | { readonly kind: 'set'; readonly elements: readonly Recipe[] }
  | { readonly kind: 'error'; readonly error: ErrorKind; readonly cause: Recipe | null }
  | { readonly kind: 'date'; readonly unixMs: number }
  | { readonly kind: 'regexp'; readonly source: string; readonly flags: string }
  | { readonly kind: 'boxed'; readonly value: unknown }
  | { readonly kind: 'bytes'; readonly of: BytesKind; readonly bytes: Uint8Array }
  /** One of the objects that were begun before: a shared reference or, inside it, a cycle. */
  | { readonly kind: 'again'; readonly index: number };

type Entry = readonly [key: string, value: Recipe];
type RecordKind = (typeof RECORD_KINDS)[number];
type ErrorKind = (typeof ERROR_KINDS)[number];
type BytesKind = (typeof BYTES_KINDS)[number];

const RECORD_KINDS = ['Object', 'null', 'class', 'getters'] as const;
const ERROR_KINDS = ['Error', 'RangeError', 'TypeError', 'renamed', 'subclass'] as const;
const BYTES_KINDS = [
  ...['ArrayBuffer', 'resizable', 'Buffer', 'DataView', 'Int8Array', 'Uint8Array'],
  ...['Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array'],
  ...['Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
] as const;

class Point {
  own = 1;
  get inherited(): number {
    return 2;
  }
}
class AppError extends Error {
  readonly code = 7;
}

type MakeDate = (unixMs: number) => object;

/** The value that the recipe describes; the objects in it are new each time. */
export function build(
  recipe: Recipe,
  begun: object[] = [],
  makeDate: MakeDate = (unixMs) => new Date(unixMs),
): unknown {
  switch (recipe.kind) {
    case 'primitive':
      return recipe.value;
    case 'again':
      return begun.length > 0 ? begun[recipe.index % begun.length] : undefined;
    default: {
      const shell = recipe.kind === 'date' ? makeDate(recipe.unixMs) : buildShell(recipe);
      begun.push(shell);
      fill(shell, recipe, (part) => build(part, begun, makeDate));
      return shell;
    }
  }
}

function buildShell(recipe: Recipe): object {
  switch (recipe.kind) {
    case 'record':
      if (recipe.of === 'class') return new Point();
      return recipe.of === 'null' ? Object.create(null) : {};
    case 'array':
      return new Array(recipe.elements.length);
    case 'map':
      return new Map();
    case 'set':
      return new Set();
    case 'error':
      return buildError(recipe.error);
    case 'regexp':
      return Object.assign(new RegExp(recipe.source, recipe.flags), { lastIndex: 3 });
    case 'boxed':
      return Object(recipe.value);
    case 'bytes':
      return buildBytes(recipe.of, recipe.bytes);
    default:
      throw new TypeError(recipe.kind);
  }
}

function buildError(kind: ErrorKind): Error {
  switch (kind) {
    case 'renamed':
      return Object.assign(new Error('renamed'), { name: 'Another', code: 5 });
    case 'subclass':
      return new AppError('a subclass');
    default:
      return new { Error, RangeError, TypeError }[kind](`message of ${kind}`);
  }
}

/** A view shows a part of a larger memory, as Buffers do. */
function buildBytes(kind: BytesKind, bytes: Uint8Array): object {
  const memory = new Uint8Array(bytes.length + 16);
  memory.set(bytes, 8);
  if (kind === 'ArrayBuffer') return memory.buffer;
  if (kind === 'resizable') return new ArrayBuffer(bytes.length, { maxByteLength: 64 });
  if (kind === 'Buffer') return Buffer.from(memory.buffer, 8, bytes.length);
  const View = (globalThis as unknown as Record<string, ViewClass>)[kind] as ViewClass;
  return new View(memory.buffer, 8, Math.floor(bytes.length / (View.BYTES_PER_ELEMENT ?? 1)));
}

interface ViewClass {
  readonly BYTES_PER_ELEMENT?: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): ArrayBufferView;
}

function fill(shell: object, recipe: Recipe, make: (part: Recipe) => unknown): void {
  switch (recipe.kind) {
    case 'record':
      for (const [key, part] of recipe.entries) define(shell, key, make(part), recipe.of);
      break;
    case 'array':
      for (const [i, part] of recipe.elements.entries()) {
        if (part !== null) (shell as unknown[])[i] = make(part);
      }
      for (const [key, part] of recipe.extras) {
        if (key !== 'length') define(shell, key, make(part), 'Object');
      }
      break;
    case 'map':
      for (const [key, part] of recipe.entries) (shell as MapOfAny).set(make(key), make(part));
      break;
    case 'set':
      for (const part of recipe.elements) (shell as Set<unknown>).add(make(part));
      break;
    case 'error':
      if (recipe.cause !== null) (shell as Error).cause = make(recipe.cause);
      break;
  }
}

type MapOfAny = Map<unknown, unknown>;

function define(object: object, key: string, value: unknown, kind: RecordKind): void {
  const how = { configurable: true, enumerable: true };
  if (kind === 'getters') Object.defineProperty(object, key, { ...how, get: () => value });
  else Object.defineProperty(object, key, { ...how, writable: true, value });
}

const LONG = 'é'.repeat(300);
const BYTE_ORDER_MARK = '\ufeff';

export const anyString: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 80 }) },
  fc.string({ unit: 'binary', maxLength: 80 }),
  // Also halves of surrogate pairs.
  fc.array(fc.integer({ min: 0xd700, max: 0xe100 }), { maxLength: 8 }).map(fromCodes),
  fc.constantFrom('', LONG, `${BYTE_ORDER_MARK}${LONG}`, `${BYTE_ORDER_MARK}a`, '\0'),
);

function fromCodes(codes: number[]): string {
  return String.fromCharCode(...codes);
}

/** Own keys that other codecs, the host's among them, treat as their own. */
const HOSTILE_KEYS = [
  ...['__proto__', '__keys__', 'constructor', 'prototype', 'toJSON', 'hasOwnProperty', 'toString'],
  ...['buffer', 'storage', 'connection', 'length', 'then', 'valueOf', 'read', 'size', 'get', 'set'],
  ...['0', '1', '01', '-1', '4294967295', '4294967294', '', 'undefined', 'null'],
];
const anyKey = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 2, arbitrary: fc.constantFrom(...HOSTILE_KEYS) },
  anyString,
);

const anyNumber = fc.oneof(
  fc.integer(),
  fc.integer({ min: -300, max: 300 }),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(-0, 0, NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53, 5e-324),
);
const anyBigInt = fc.oneof(
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.constantFrom(0n, -1n, 2n ** 63n, -(2n ** 63n), 2n ** 64n, 2n ** 4_000n, -(2n ** 4_000n)),
);
const anyPlainPrimitive = fc.oneof(
  { weight: 3, arbitrary: anyNumber },
  { weight: 3, arbitrary: anyString },
  fc.constantFrom(undefined, null, true, false),
);
const anyUnixMs = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((s) => s * 2_000 + (s % 1_000)),
  fc.date({ noInvalidDate: false }).map(Number),
  fc.constantFrom(0, -1, 1, NaN, 8.64e15, -8.64e15, 2 ** 32 * 1_000, 2 ** 32 * 1_000 - 1),
);

const few = { maxLength: 5 };

function primitives(of: fc.Arbitrary<unknown>): fc.Arbitrary<Recipe> {
  return of.map((value) => ({ kind: 'primitive', value }));
}

const dates: fc.Arbitrary<Recipe> = anyUnixMs.map((unixMs) => ({ kind: 'date', unixMs }));

const regexps: fc.Arbitrary<Recipe> = fc
  .constantFrom('', 'g', 'giu', 'y')
  .map((flags) => ({ kind: 'regexp', source: 'a|b', flags }));

const boxes: fc.Arbitrary<Recipe> = fc
  .oneof(anyNumber, anyString, fc.boolean(), anyBigInt)
  .map((value) => ({ kind: 'boxed', value }));

function bytesOf(kind: fc.Arbitrary<BytesKind>): fc.Arbitrary<Recipe> {
  const bytes = fc.uint8Array({ maxLength: 40 });
  return fc.record({ kind: fc.constant('bytes' as const), of: kind, bytes });
}

function entriesOf(part: fc.Arbitrary<Recipe>): fc.Arbitrary<Entry[]> {
  return fc.array(fc.tuple(anyKey, part), few);
}

function records(part: fc.Arbitrary<Recipe>, of: fc.Arbitrary<RecordKind>): fc.Arbitrary<Recipe> {
  return fc.record({ kind: fc.constant('record' as const), of, entries: entriesOf(part) });
}

function arrays(
  element: fc.Arbitrary<Recipe | null>,
  extras: fc.Arbitrary<Entry[]>,
): fc.Arbitrary<Recipe> {
  const elements = fc.array(element, few);
  return fc.record({ kind: fc.constant('array' as const), elements, extras });
}

function maps(part: fc.Arbitrary<Recipe>): fc.Arbitrary<Recipe> {
  return fc.record({
    kind: fc.constant('map' as const),
    entries: fc.array(fc.tuple(part, part), few),
  });
}

function sets(part: fc.Arbitrary<Recipe>): fc.Arbitrary<Recipe> {
  return fc.record({ kind: fc.constant('set' as const), elements: fc.array(part, few) });
}

function errors(part: fc.Arbitrary<Recipe>): fc.Arbitrary<Recipe> {
  return fc.record({
    kind: fc.constant('error' as const),
    error: fc.constantFrom(...ERROR_KINDS),
    cause: fc.option<Recipe, null>(part),
  });
}

const references: fc.Arbitrary<Recipe> = fc.nat(50).map((index) => ({ kind: 'again', index }));

/** Mostly plain values, as an application's are: trees of the common types. */
export const commonRecipe: fc.Arbitrary<Recipe> = fc.letrec<{ part: Recipe }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 4 },
    { weight: 5, arbitrary: primitives(anyPlainPrimitive) },
    dates,
    bytesOf(fc.constant('Uint8Array')),
    { weight: 2, arbitrary: records(tie('part'), fc.constantFrom('Object', 'getters')) },
    { weight: 2, arbitrary: arrays(tie('part'), fc.constant([])) },
    sets(tie('part')),
  ),
})).part;

/** Values of every type that can be stored, with shared references and cycles. */
export const anyRecipe: fc.Arbitrary<Recipe> = fc.letrec<{ part: Recipe }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 4 },
    { weight: 7, arbitrary: primitives(fc.oneof(anyPlainPrimitive, anyBigInt)) },
    dates,
    regexps,
    boxes,
    { weight: 2, arbitrary: bytesOf(fc.constantFrom(...BYTES_KINDS)) },
    { weight: 3, arbitrary: records(tie('part'), fc.constantFrom(...RECORD_KINDS)) },
    { weight: 2, arbitrary: arrays(fc.option<Recipe, null>(tie('part')), entriesOf(tie('part'))) },
    { weight: 2, arbitrary: maps(tie('part')) },
    sets(tie('part')),
    errors(tie('part')),
    { weight: 3, arbitrary: references },
  ),
})).part;
