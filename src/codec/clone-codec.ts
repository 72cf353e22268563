import { types } from 'node:util';
import { Deserializer, Serializer } from 'node:v8';

/**
 * The structured clone algorithm, to bytes and back. `node:v8` is that algorithm, in a format that
 * is safe to store; what differs from `structuredClone` is mended here. Views (typed arrays,
 * Buffers) store the bytes they show and not the whole memory behind them, which for a Buffer is a
 * pool with other people's data.
 *
 * Throws what `structuredClone` throws, and a TypeError for objects that only live inside one process
 * (a Blob, a SharedArrayBuffer ...) and for values that are nested too deeply.
 */
export function serializeClone(value: unknown): Buffer {
  // First the clone: it refuses what must be refused and calls each getter once.
  const clone: unknown = structuredClone(value);
  const met = new Set<object>();
  assertPortable(clone, met, 0);
  const serializer = new CloneSerializer();
  serializer.writeHeader();
  serializer.writeValue([clone, ...takeCauses(met)]);
  return serializer.releaseBuffer();
}

/** The result shares no memory with `bytes`. */
export function deserializeClone(bytes: Buffer): unknown {
  const deserializer = new CloneDeserializer(bytes);
  deserializer.readHeader();
  const [clone, ...causes] = deserializer.readValue() as unknown[];
  giveCauses(causes);
  return clone;
}

/**
 * Takes the causes off the errors among the objects of a clone: error, cause ... They are stored
 * beside it, because Node.js 22 cannot read an error with a cause that Node.js 20 wrote.
 */
function takeCauses(objects: Iterable<object>): unknown[] {
  const causes: unknown[] = [];
  for (const object of objects) {
    if (!types.isNativeError(object) || !Object.hasOwn(object, 'cause')) continue;
    causes.push(object, object.cause);
    delete object.cause;
  }
  return causes;
}

function giveCauses(causes: readonly unknown[]): void {
  for (let i = 0; i < causes.length; i += 2) {
    Object.defineProperty(causes[i], 'cause', {
      configurable: true,
      writable: true,
      value: causes[i + 1],
    });
  }
}

type ViewClass = new (buffer: ArrayBuffer) => ArrayBufferView;

// The position in this list is stored: append only.
const VIEW_NAMES = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'DataView',
  'BigInt64Array',
  'BigUint64Array',
  // Not on every Node.js.
  'Float16Array',
];
const VIEW_CLASSES = VIEW_NAMES.map(
  (name) => (globalThis as unknown as Record<string, ViewClass | undefined>)[name],
);

class CloneSerializer extends Serializer {
  // Documented by Node.js, and missing in its types.
  declare _setTreatArrayBufferViewsAsHostObjects: (flag: boolean) => void;

  constructor() {
    super();
    this._setTreatArrayBufferViewsAsHostObjects(true);
  }

  /** Called by V8 for each view, once per object. */
  _writeHostObject(view: ArrayBufferView): void {
    this.writeUint32(VIEW_NAMES.indexOf(nameOf(view)));
    this.writeUint32(view.byteLength);
    this.writeRawBytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  }
}

class CloneDeserializer extends Deserializer {
  _readHostObject(): ArrayBufferView {
    const index = this.readUint32();
    const View = VIEW_CLASSES[index];
    if (View === undefined)
      throw new TypeError(`expected the number of a view class, got ${index}`);
    return new View(new Uint8Array(this.readRawBytes(this.readUint32())).buffer);
  }
}

// V8 reads with more stack than it writes with: what it could barely write would be lost.
const DEPTH_MAX = 500;

/** What `structuredClone` makes of the values that can be stored. */
const PORTABLE_PROTOTYPES = new Set<unknown>(
  [
    ...[{}, [], new Map(), new Set(), new Date(), /./, new ArrayBuffer(0)],
    ...[false, 0, '', 0n].map(Object),
    ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
      (Class) => new Class(),
    ),
    ...VIEW_CLASSES.map((View) => View && new View(new ArrayBuffer(0))),
  ].map((value) => value && Object.getPrototypeOf(structuredClone(value))),
);

/**
 * Throws for an object in a clone that only lives inside this process, such as a Blob, a key or
 * shared memory, some of which V8 would turn into an empty object without a word; and for too many
 * levels, counted in the order in which V8 visits them.
 */
function assertPortable(clone: unknown, met: Set<object>, depth: number): void {
  if (typeof clone !== 'object' || clone === null || met.has(clone)) return;
  met.add(clone);
  if (!PORTABLE_PROTOTYPES.has(Object.getPrototypeOf(clone))) {
    throw new TypeError(`${nameOf(clone)} could not be stored`);
  }
  if (depth === DEPTH_MAX) throw new TypeError(`more than ${DEPTH_MAX} levels could not be stored`);
  if (ArrayBuffer.isView(clone)) return;
  for (const part of partsOf(clone)) assertPortable(part, met, depth + 1);
}

function partsOf(clone: object): readonly unknown[] {
  if (types.isMap(clone)) return [...clone].flat();
  if (types.isSet(clone)) return [...clone];
  if (types.isNativeError(clone)) return [clone.cause];
  return Object.values(clone);
}

/** The name of the class, for an object that V8 made: `[object Map]` gives `Map`. */
function nameOf(object: object): string {
  return Object.prototype.toString.call(object).slice('[object '.length, -1);
}
