import { Deserializer, Serializer } from 'node:v8';

/**
 * The structured clone algorithm, to bytes and back. `node:v8` is that algorithm, in a format that
 * is safe to store; what differs from `structuredClone` is mended here. Views (typed arrays,
 * Buffers) store the bytes they show and not the whole memory behind them, which for a Buffer is a
 * pool with other people's data.
 */
export function serializeClone(value: unknown): Buffer {
  // First the clone: it refuses what must be refused and calls each getter once.
  const clone: unknown = structuredClone(value);
  assertPortable(clone);
  const serializer = new CloneSerializer();
  serializer.writeHeader();
  serializer.writeValue(clone);
  return serializer.releaseBuffer();
}

/** The result shares no memory with `bytes`. */
export function deserializeClone(bytes: Buffer): unknown {
  const deserializer = new CloneDeserializer(bytes);
  deserializer.readHeader();
  return deserializer.readValue();
}

type ViewClass = new (buffer: ArrayBuffer) => ArrayBufferView;

// The position in this list is stored: append only. Float16Array is not on every Node.js.
const VIEW_CLASSES: readonly (ViewClass | undefined)[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  DataView,
  BigInt64Array,
  BigUint64Array,
  (globalThis as { Float16Array?: ViewClass }).Float16Array,
];

class CloneSerializer extends Serializer {
  // Documented by Node.js, and missing in its types.
  declare _setTreatArrayBufferViewsAsHostObjects: (flag: boolean) => void;

  constructor() {
    super();
    this._setTreatArrayBufferViewsAsHostObjects(true);
  }

  /** Called by V8 for each view, once per object. */
  _writeHostObject(view: ArrayBufferView): void {
    const index = VIEW_CLASSES.indexOf(view.constructor as ViewClass);
    if (index < 0) throw new TypeError(`${nameOf(view)} could not be stored`);
    this.writeUint32(index);
    this.writeUint32(view.byteLength);
    this.writeRawBytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  }

  /** Called by V8 with its own words for what it refuses. */
  _getDataCloneError(message: string): Error {
    return new TypeError(message);
  }
}

class CloneDeserializer extends Deserializer {
  _readHostObject(): ArrayBufferView {
    const index = this.readUint32();
    const View = VIEW_CLASSES[index];
    if (View === undefined)
      throw new TypeError(`expected the number of a view class, got ${index}`);
    return new View(Uint8Array.from(this.readRawBytes(this.readUint32())).buffer);
  }
}

const PORTABLE_PROTOTYPES = new Set<unknown>([
  ...VIEW_CLASSES.map((View) => View?.prototype),
  ...[Object, Array, Map, Set, Date, RegExp, ArrayBuffer].map((Class) => Class.prototype),
  ...[Boolean, Number, String, BigInt].map((Class) => Class.prototype),
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    (Class) => Class.prototype,
  ),
]);

/**
 * Throws for an object in a clone that only lives inside this process, such as a Blob, a key or
 * shared memory. Some of them V8 would turn into an empty object without a word.
 */
function assertPortable(clone: unknown): void {
  const met = new Set<object>();
  const open: unknown[] = [clone];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null || met.has(value)) continue;
    met.add(value);
    if (!PORTABLE_PROTOTYPES.has(Object.getPrototypeOf(value))) {
      throw new TypeError(`${nameOf(value)} could not be stored`);
    }
    pushChildren(value, open);
  }
}

function pushChildren(object: object, open: unknown[]): void {
  if (ArrayBuffer.isView(object)) return;
  if (object instanceof Map) for (const [key, value] of object) open.push(key, value);
  if (object instanceof Set) for (const value of object) open.push(value);
  if (object instanceof Error) open.push(object.cause);
  for (const value of Object.values(object)) open.push(value);
}

function nameOf(object: object): string {
  return Object.prototype.toString.call(object);
}
