import { types } from 'node:util';
import { Deserializer, Serializer } from 'node:v8';
import { cloneSourceOf } from './clone-source.js';
import { partsOf } from './object-parts.js';
import { restoreTemporal, type StoredTemporal } from './temporal.js';

/**
 * The structured clone algorithm, to bytes and back. `node:v8` is that algorithm, in a format that
 * is safe to store; what differs from `structuredClone` is mended here. Views (typed arrays,
 * Buffers) store the bytes they show and not the whole memory behind them, which for a Buffer is a
 * pool with other people's data. Temporal objects, which `structuredClone` refuses, are stored as well.
 *
 * Throws what `structuredClone` throws, and a TypeError for objects that only live inside one process
 * (a Blob, a SharedArrayBuffer ...) and for values that are nested too deeply.
 */
export function serializeClone(value: unknown): Buffer {
  const { value: source, standIns } = cloneSourceOf(value);
  // The clone refuses what must be refused. The stand-ins beside it tell which views of the clone are theirs.
  const [clone, ...standInClones]: unknown[] =
    standIns.size === 0 ? [structuredClone(source)] : structuredClone([source, ...standIns.keys()]);
  const met = new Set<object>();
  assertPortable(clone, met, 0);
  const serializer = new CloneSerializer(standInClones, [...standIns.values()]);
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

/** Numbers from here on stand for classes of Temporal, and not of views. */
const TEMPORAL_NUMBER_MIN = 64;

class CloneSerializer extends Serializer {
  // Documented by Node.js, and missing in its types.
  declare _setTreatArrayBufferViewsAsHostObjects: (flag: boolean) => void;
  readonly #temporalByView = new Map<unknown, StoredTemporal>();

  /** `standIns`: views that stand for `temporals`, in the same order. */
  constructor(standIns: readonly unknown[], temporals: readonly StoredTemporal[]) {
    super();
    for (const [i, temporal] of temporals.entries())
      this.#temporalByView.set(standIns[i], temporal);
    this._setTreatArrayBufferViewsAsHostObjects(true);
  }

  /** Called by V8 for each view, once per object. */
  _writeHostObject(view: ArrayBufferView): void {
    const temporal = this.#temporalByView.get(view);
    if (temporal === undefined) {
      this.#write(
        VIEW_NAMES.indexOf(nameOf(view)),
        new Uint8Array(view.buffer, view.byteOffset, view.byteLength),
      );
    } else {
      this.#write(TEMPORAL_NUMBER_MIN + temporal.classIndex, Buffer.from(temporal.text, 'latin1'));
    }
  }

  #write(number: number, bytes: Uint8Array): void {
    this.writeUint32(number);
    this.writeUint32(bytes.byteLength);
    this.writeRawBytes(bytes);
  }
}

class CloneDeserializer extends Deserializer {
  _readHostObject(): object {
    const number = this.readUint32();
    const bytes = this.readRawBytes(this.readUint32());
    if (number >= TEMPORAL_NUMBER_MIN) {
      return restoreTemporal(number - TEMPORAL_NUMBER_MIN, bytes.toString('latin1'));
    }
    return new (viewClassOf(number))(new Uint8Array(bytes).buffer);
  }
}

function viewClassOf(number: number): ViewClass {
  const View = VIEW_CLASSES[number];
  if (View !== undefined) return View;
  const name = VIEW_NAMES[number];
  throw new TypeError(
    name === undefined
      ? `expected the number of a view class, got ${number}`
      : `${name}: expected a Node.js that has it (24 or later), got ${process.version}`,
  );
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
  for (const part of partsOf(clone)) assertPortable(part, met, depth + 1);
}

/** The name of the class, for an object that V8 made: `[object Map]` gives `Map`. */
function nameOf(object: object): string {
  return Object.prototype.toString.call(object).slice('[object '.length, -1);
}
