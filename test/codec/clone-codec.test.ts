import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import { deserializeClone, serializeClone } from '../../src/codec/clone-codec.js';
import { assertSameValue } from './same-value.js';

const VIEW_NUMBERS: Record<string, number> = {
  Int8Array: 0,
  Uint8Array: 1,
  Uint8ClampedArray: 2,
  Int16Array: 3,
  Uint16Array: 4,
  Int32Array: 5,
  Uint32Array: 6,
  Float32Array: 7,
  Float64Array: 8,
  DataView: 9,
  BigInt64Array: 10,
  BigUint64Array: 11,
  Float16Array: 12,
};

/** After V8's version and the array around the value. */
const VIEW_START = 4;

for (const [name, number] of Object.entries(VIEW_NUMBERS)) {
  const View = (globalThis as unknown as Record<string, new (memory: ArrayBuffer) => object>)[name];
  test(`${name}: is stored as number ${number} and comes back`, { skip: !View }, () => {
    const memory = Uint8Array.from({ length: 16 }, (_, i) => i * 3).buffer;
    const view = new (View as NonNullable<typeof View>)(memory);
    const bytes = serializeClone(view);
    // The tag of a host object, the number and the length.
    assert.deepEqual([...bytes.subarray(VIEW_START, VIEW_START + 3)], [0x5c, number, 16]);
    assertSameValue(deserializeClone(bytes), structuredClone(view));
  });
}

test('view of a part of memory: only the bytes it shows are stored', () => {
  const memory = Buffer.from('secret shown secret');
  const back = deserializeClone(serializeClone(memory.subarray(7, 12))) as Uint8Array<ArrayBuffer>;
  assert(!serializeClone(memory.subarray(7, 12)).includes('secret'));
  assert.equal(Buffer.from(back).toString(), 'shown');
  assert.equal(back.buffer.byteLength, 5);
});

test('bytes that were decoded share no memory with what they were decoded from', () => {
  const bytes = serializeClone([Buffer.from('abc'), new Uint8Array([1, 2]).buffer, 'text \u2603']);
  const back = deserializeClone(bytes);
  bytes.fill(0);
  assertSameValue(back, [
    new Uint8Array(Buffer.from('abc')),
    new Uint8Array([1, 2]).buffer,
    'text \u2603',
  ]);
});

// Missing in the types of Node.js.
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Module: new (bytes: Uint8Array) => object };
};
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

const NOT_PORTABLE: Record<string, () => unknown> = {
  Blob: () => new Blob(['text']),
  KeyObject: () => createSecretKey(Buffer.alloc(16)),
  SharedArrayBuffer: () => new SharedArrayBuffer(1),
  'WebAssembly.Module': () => new WebAssembly.Module(EMPTY_MODULE),
  DOMException: () => new DOMException('message', 'AbortError'),
  URL: () => new URL('http://example.org'),
  MessagePort: () => new MessageChannel().port1,
  Object: () => new BlockList(),
};

const PLACES: Record<string, (object: unknown) => unknown> = {
  alone: (object) => object,
  'in an object': (object) => ({ a: { object } }),
  'in an array': (object) => [1, [object]],
  'as a key of a map': (object) => new Map([[object, 1]]),
  'as a value in a map': (object) => new Map([[1, object]]),
  'in a set': (object) => new Set([object]),
  'as the cause of an error': (cause) => new Error('wrapped', { cause }),
};

for (const [name, make] of Object.entries(NOT_PORTABLE)) {
  for (const [place, wrap] of Object.entries(PLACES)) {
    test(`object that only lives in this process, ${name} ${place}: is refused by its name`, () => {
      assert.throws(() => serializeClone(wrap(make())), {
        name: 'TypeError',
        message: `${name} could not be stored`,
      });
    });
  }
}

const REFUSED: Record<string, () => unknown> = {
  function: () => () => {},
  symbol: () => Symbol('refused'),
  'boxed symbol': () => Object(Symbol('refused')),
  promise: () => Promise.resolve(),
  'weak map': () => new WeakMap(),
  generator: () => (function* () {})(),
  proxy: () => new Proxy({}, {}),
  arguments: argumentsObject,
  'view of detached memory': () => {
    const view = new Uint8Array(1);
    structuredClone(view, { transfer: [view.buffer] });
    return view;
  },
};

function argumentsObject(): unknown {
  // biome-ignore lint/complexity/noArguments: the subject
  return arguments;
}

for (const [name, make] of Object.entries(REFUSED)) {
  test(`${name}: is refused with structuredClone's words`, () => {
    let words: unknown;
    assert.throws(
      () => structuredClone(make()),
      (error: Error) => {
        words = error.message;
        return true;
      },
    );
    assert.throws(() => serializeClone(make()), { name: 'DataCloneError', message: words });
  });
}

const WRAPS: Record<string, (inner: unknown) => unknown> = {
  objects: (inner) => ({ inner }),
  arrays: (inner) => [inner],
  maps: (inner) => new Map([[1, inner]]),
  'maps by their keys': (inner) => new Map([[inner, 1]]),
  sets: (inner) => new Set([inner]),
  errors: (cause) => new Error('wrapped', { cause }),
};

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 'core';
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

for (const [name, wrap] of Object.entries(WRAPS)) {
  test(`500 levels of ${name}: are stored, and read deep in the stack`, () => {
    const bytes = serializeClone(nested(500, wrap));
    let levels = 0;
    let value = deepInTheStack(() => deserializeClone(bytes));
    for (; typeof value === 'object' && value !== null; levels++) value = partOf(value);
    assert.equal(levels, 500);
  });

  test(`501 levels of ${name}: are refused`, () => {
    assert.throws(() => serializeClone(nested(501, wrap)), /more than 500 levels/);
  });
}

function partOf(object: object): unknown {
  if (object instanceof Map) return [...object].flat().find((part) => part !== 1);
  if (object instanceof Set) return [...object][0];
  return object instanceof Error ? object.cause : Object.values(object)[0];
}

/** A quarter to a half of the stack is in use when `run` is called. */
function deepInTheStack<T>(run: () => T): T {
  let frames = 1;
  while (canDescend(frames * 2)) frames *= 2;
  return descend(frames / 2, run);
}

function canDescend(frames: number): boolean {
  try {
    return descend(frames, () => true);
  } catch {
    return false;
  }
}

function descend<T>(frames: number, run: () => T): T {
  return frames === 0 ? run() : descend(frames - 1, run);
}

test('list linked to its 1,000th node: is refused, since V8 follows the links', () => {
  const list = linkedList(1_000);
  assert.throws(() => serializeClone(list), /more than 500 levels/);
});

test('list linked backwards: is stored, since each node is met before its link is', () => {
  const list = linkedList(1_000).reverse();
  const back = deserializeClone(serializeClone(list)) as { next?: unknown }[];
  for (const [i, node] of back.entries()) assert.equal(node.next, back[i - 1]);
});

function linkedList(length: number): object[] {
  const nodes: { next?: object }[] = Array.from({ length }, () => ({}));
  for (const [i, node] of nodes.entries()) {
    const next = nodes[i + 1];
    if (next !== undefined) node.next = next;
  }
  return nodes;
}

test('number of an unknown view class, or of an unknown Temporal class: is refused', () => {
  const bytes = serializeClone(new Uint8Array(1));
  bytes[VIEW_START + 1] = 63;
  assert.throws(() => deserializeClone(bytes), /expected the number of a view class, got 63/);
  bytes[VIEW_START + 1] = 64 + 8;
  assert.throws(() => deserializeClone(bytes), /expected the number of a Temporal class, got 8/);
});

test('Float16Array where there is none: is refused with its name and what is needed', {
  skip: 'Float16Array' in globalThis && 'this Node.js has it',
}, () => {
  const bytes = serializeClone(new Uint8Array(2));
  bytes[VIEW_START + 1] = 12;
  assert.throws(() => deserializeClone(bytes), {
    message: `Float16Array: expected a Node.js that has it (24 or later), got ${process.version}`,
  });
});

test('view that is longer than its bytes: is refused', () => {
  const bytes = serializeClone(new Uint8Array(1));
  bytes[VIEW_START + 2] = 2;
  assert.throws(() => deserializeClone(bytes));
});

function goldenValue(): unknown {
  const shared = { text: 'text', latin: 'é', wide: '日', half: '\ud800' };
  const error = new RangeError('message', { cause: shared });
  error.stack = 'stack';
  return {
    numbers: [1, -1, -0, 1.5, 2 ** 40, Number.NaN, 2n ** 70n, -1n],
    rest: [undefined, null, true, false, Object(1), Object('boxed'), Object(1n), Object(true)],
    shared: [shared, shared],
    sparse: Object.assign(new Array(3), { 1: 'one', extra: 2 }),
    map: new Map<unknown, unknown>([[shared, new Set([1, shared])]]),
    dates: [new Date(1_700_000_000_000), new Date(Number.NaN)],
    regexp: /a|b/giu,
    error,
    bytes: [new Uint8Array([1, 2]).buffer, Buffer.from('ab'), new Float64Array([1.5])],
    resizable: new ArrayBuffer(2, { maxByteLength: 8 }),
  };
}

const GOLDEN_HEX = [
  'ff0f41036f22076e756d626572736108490049024902490149044e000000000000008049064e000000000000f8',
  '3f49084e0000000000007042490a4e000000000000f87f490c5a2000000000000000004000000000000000490e',
  '5a110100000000000000400808220472657374610849005f49023049045449064649086e000000000000f03f49',
  '0a732205626f786564490c7a100100000000000000490e794008082206736861726564610249006f2204746578',
  '7422047465787422056c6174696e2201e9220477696465006302e565220468616c66630200d87b0449025e0940',
  '020222067370617273656103490222036f6e6522056578747261490440020322036d61703b5e092749025e092c',
  '023a0222056461746573610249004400008056febc7842490244000000000000f87f4002022206726567657870',
  '522203617c621322056572726f7272526d22076d657373616765732205737461636b2e22056279746573610349',
  '004202010249025c0102616249045c0808000000000000f83f4003032209726573697a61626c657e020800007b',
  '0a5e115e09240003',
].join('');

test('clone: is stored as in the versions before', () => {
  assert.equal(serializeClone(goldenValue()).toString('hex'), GOLDEN_HEX);
});

test('clone that Node.js 20 stored: is read', () => {
  const back = deserializeClone(Buffer.from(GOLDEN_HEX, 'hex'));
  assertSameValue(back, structuredClone(goldenValue()));
});
