import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Serializer, serialize } from 'node:v8';
import fc from 'fast-check';
import { serializeClone } from '../../src/codec/clone-codec.js';
import { CloneReader } from '../../src/codec/clone-reader.js';
import { ReservedMemory } from '../../src/codec/reserved-memory.js';
import { anyRecipe, build } from './any-value.js';
import { elementsAreInTable } from './elements-in-table.js';
import { assertSameValue } from './same-value.js';

function read(bytes: Buffer, reserved = new ReservedMemory()): unknown {
  return new CloneReader(bytes, reserved).read();
}

/** A clone of which V8's version is in front, and the rest is as it is given. */
function clone(...parts: (string | readonly number[])[]): Buffer {
  const bytes = parts.map((part) =>
    typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part),
  );
  return Buffer.concat([Buffer.of(0xff, 15), ...bytes]);
}

/** As V8 writes a count or a length. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}

const MILLION = varint(1_000_000);
const TEN = varint(10);

test('sparse array of a million elements in 13 bytes: has that length, and no memory for holes', () => {
  const bytes = clone('a', MILLION, 'I\x04T', '@', [1], MILLION);
  assert(bytes.length <= 16);
  const array = read(bytes) as unknown[];
  assert.equal(array.length, 1_000_000);
  assert.deepEqual(Object.keys(array), ['2']);
  assert(elementsAreInTable(array));
});

test('arrays and objects with few holes: are as fast as others', () => {
  const shared = {};
  const values = [
    shared,
    shared,
    new Array(50),
    Object.assign([1], { 2: 3 }),
    Object.assign([], { 9: 1 }),
    { 20: 1 },
  ];
  for (const value of read(serialize(values)) as object[]) assert(!elementsAreInTable(value));
});

test('objects with far keys: have no memory for holes once they are many', () => {
  const objects = Array.from({ length: 1_000 }, () => ({ 1000: 1 }));
  const back = read(serializeClone(objects)) as [object[]];
  const inTable = back[0].filter(elementsAreInTable);
  assert(inTable.length > 900, `${inTable.length} in tables`);
  assertSameValue(back[0], objects);
});

test('keys that are indexes as texts: count like numbers', () => {
  const records = Array.from({ length: 1_000 }, () => 'o"\x041000T{\x01');
  const back = read(clone('A', varint(1_000), ...records, '$', [0], varint(1_000))) as object[];
  assert(back.filter(elementsAreInTable).length > 900);
  assert.deepEqual(back[999], { 1000: true });
});

const LIES: Record<string, Buffer> = {
  'dense array of a million elements': clone('A', MILLION, 'T', '$', [0], MILLION),
  'dense array of a million holes in a few bytes': clone('A', MILLION, '-----', '$', [0], MILLION),
  'sparse array whose lengths differ': clone('a', MILLION, '@', [0], TEN),
  'sparse array with more elements than its length': clone('a', TEN, 'I\x16T', '@', [1], TEN),
  'dense array with an element behind its end': clone('A', [1], 'T', 'I\x02T$', [1, 1]),
  'text of a million characters': clone('"', MILLION, 'abc'),
  'wide text of a million bytes': clone('c', MILLION, 'abcd'),
  'wide text of 3 bytes': clone('c', [3], 'abc'),
  'bytes, a million': clone('B', MILLION, 'abc'),
  'view of a million bytes': clone('\\', [1], MILLION, 'abc'),
  'integer of a million bytes': clone('Z', varint(2_000_000), 'abc'),
  'map with fewer entries than it says': clone(';', 'TT', ':', MILLION),
  'set with fewer elements than it says': clone("'", 'T', ',', MILLION),
  'object with fewer properties than it says': clone('o', '"\x01aT', '{', MILLION),
  'object without an end': clone('o', '"\x01aT'),
  'object with an object as a key': clone('o', 'o{\x00', 'T', '{', [1]),
  'object with a fraction as a key': clone('o', 'N', [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 'T{', [1]),
  'object with a key below 0': clone('o', 'I\x01T{', [1]),
  'array with another length as a property': clone('a', TEN, '"\x06lengthI\x02@', [1], TEN),
  'reference to an object that is to come': clone('A', [2], '^\x01', 'o{\x00', '$', [0, 2]),
  'number of more than 32 bits': clone('"', [0xff, 0xff, 0xff, 0xff, 0x7f]),
  'number without an end': clone('"', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
  'pattern that is none': clone('R"\x01(', [0]),
  'pattern with flags that are none': clone('R"\x01a', varint(64)),
  'pattern with many flags': clone('R"\x01a', varint(2 ** 31)),
  'error with an unknown part': clone('rX.'),
  'error whose message is a number': clone('rmI\x02.'),
  'shorter version': clone().fill(14, 1),
  'later version': clone('T').fill(16, 1),
  'no version': Buffer.from('T'),
  nothing: Buffer.alloc(0),
  'something behind the value': clone('TT'),
};

for (const [name, bytes] of Object.entries(LIES)) {
  test(`clone, ${name}: is refused`, () => {
    assert(bytes.length < 60);
    assert.throws(() => read(bytes), /^(TypeError|RangeError|SyntaxError): /);
  });
}

test('tags: those that this package does not write are refused by their number', () => {
  const known = new Set('-_0TFINZ"c^oAa;\'DyxnzsRB~\\r\0'.split('').map((c) => c.charCodeAt(0)));
  for (let kind = 0; kind <= 0xff; kind++) {
    if (known.has(kind) && kind !== 0x2d) continue;
    const message = `expected a value at byte 2, got the tag ${kind}`;
    assert.throws(() => read(clone([kind, 0, 0, 0, 0, 0, 0, 0, 0])), { message });
  }
});

test('more levels than can be stored: are refused, and do not end the stack', () => {
  const levels = 100_000;
  for (const [begin, end] of [
    ['A\x01', '$\x00\x01'],
    ["'", ',\x01'],
    ['o"\x01a', '{\x01'],
  ]) {
    const bytes = clone(begin?.repeat(levels) ?? '', 'T', end?.repeat(levels) ?? '');
    assert.throws(() => read(bytes), /expected at most \d+ levels/);
  }
});

test('resizable buffers: reserve 1 GiB in all at most, each 1 MiB at least', () => {
  const buffer = (max: number) => ['~', [1], varint(max), 'x'] as const;
  const back = read(clone(...buffer(2 ** 30))) as ArrayBuffer;
  assert.deepEqual([back.byteLength, back.maxByteLength], [1, 2 ** 30]);
  const refusal = /expected resizable ArrayBuffers that reserve at most 1073741824 bytes/;
  assert.throws(() => read(clone(...buffer(2 ** 30 + 1))), refusal);
  const many = (count: number) =>
    clone('A', varint(count), ...Array(count).fill(buffer(1)).flat(), '$', [0], varint(count));
  const reserved = new ReservedMemory();
  assert.equal((read(many(1_000), reserved) as unknown[]).length, 1_000);
  assert.throws(() => read(many(25), reserved), refusal);
  reserved.reset();
  assert.equal((read(many(25), reserved) as unknown[]).length, 25);
});

/** As V8 writes them, without what this package adds. */
function serialized(value: unknown): Buffer {
  const serializer = new Serializer();
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

test('objects that a prototype has a setter for, or forbids to set: are read as they are', () => {
  const proto = Object.prototype;
  Object.defineProperty(proto, 'watched', { configurable: true, set: () => assert.fail('called') });
  Object.defineProperty(proto, 'fixed', { configurable: true, writable: false, value: 1 });
  try {
    const value = JSON.parse('{"watched":1,"fixed":2,"__proto__":3,"toString":4}');
    const back = read(serialized(value)) as object;
    assert.deepEqual(Object.entries(back), Object.entries(value));
  } finally {
    Reflect.deleteProperty(proto, 'watched');
    Reflect.deleteProperty(proto, 'fixed');
  }
});

test('errors: leave the length of traces as it was, also where it is none', () => {
  const { stackTraceLimit } = Error;
  const bytes = serializeClone(Object.assign(new RangeError('m'), { stack: 'of its own' }));
  try {
    for (const limit of [3, 0, 'none']) {
      Error.stackTraceLimit = limit as number;
      const [back] = read(bytes) as [Error];
      assert.equal(Error.stackTraceLimit, limit);
      assert.equal(back.stack, 'of its own');
      assert.deepEqual(Object.keys(back), []);
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
});

const anyEdit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(4),
  by: fc.uint8Array({ maxLength: 4 }),
});

test('clone of any value with any edits: is read or refused', () => {
  const edits = fc.array(anyEdit, { minLength: 1, maxLength: 4 });
  let readCount = 0;
  const property = fc.property(anyRecipe, edits, (recipe, list) => {
    let bytes = storedOrUndefined(build(recipe));
    if (bytes === undefined) return;
    for (const { at, length, by } of list) {
      const start = Math.floor(at * bytes.length);
      bytes = Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(start + length)]);
    }
    try {
      read(bytes);
      readCount++;
    } catch (error) {
      assert(error instanceof Error);
      assert.match(error.name, /^(TypeError|RangeError|SyntaxError)$/, String(error.stack));
    }
  });
  fc.assert(property, { numRuns: 5_000, includeErrorInReport: true });
  assert(readCount > 20, `${readCount} read`);
});

function storedOrUndefined(value: unknown): Buffer | undefined {
  try {
    return serializeClone(value);
  } catch {
    return undefined;
  }
}

test('clone cut anywhere: is refused', () => {
  const shared = { a: 1 };
  const value = [
    shared,
    shared,
    Object.assign([1], { 2: 'é日' }),
    new Map([[1, new Set([/a/g])]]),
    new Error('e'),
    1n,
  ];
  const bytes = serializeClone(value);
  assert.equal((read(bytes) as unknown[]).length, 1);
  for (let end = 0; end < bytes.length; end++) assert.throws(() => read(bytes.subarray(0, end)));
});
