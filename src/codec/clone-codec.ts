import { types } from 'node:util';
import { Serializer } from 'node:v8';
import { CloneReader } from './clone-reader.js';
import { cloneSourceOf } from './clone-source.js';
import * as tag from './clone-tags.js';
import { TEMPORAL_NUMBER_MIN, VIEW_CLASSES, VIEW_NAMES } from './clone-views.js';
import { partsOf } from './object-parts.js';
import { ReservedMemory } from './reserved-memory.js';
import type { StoredTemporal } from './temporal.js';

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
  assertReservable(met);
  const serializer = new CloneSerializer(standInClones, [...standIns.values()]);
  serializer.writeHeader();
  serializer.writeValue([clone, ...takeCauses(met)]);
  const bytes = serializer.releaseBuffer();
  assertReadable(bytes);
  return bytes;
}

/**
 * The result shares no memory with `bytes`. `reserved`: what resizable ArrayBuffers may still reserve. Throws for
 * bytes that {@link serializeClone} has not written.
 */
export function deserializeClone(bytes: Buffer, reserved = new ReservedMemory()): unknown {
  const values = new CloneReader(bytes, reserved).read();
  if (!Array.isArray(values)) throw new TypeError('expected an array around a clone');
  const [clone, ...causes] = values;
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

// Reading takes more stack than V8 takes to write: what it could barely write would be lost.
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

/** Throws for resizable ArrayBuffers that reserve more than can be read. */
function assertReservable(objects: Iterable<object>): void {
  const reserved = new ReservedMemory();
  for (const object of objects) {
    if (types.isArrayBuffer(object) && object.resizable) reserved.take(object.maxByteLength);
  }
}

/** A later Node.js may write another version, which would only be found out when it is read. */
function assertReadable(bytes: Buffer): void {
  if (bytes[1] === tag.VERSION_WRITTEN) return;
  throw new TypeError(
    `expected a Node.js that writes clones of version ${tag.VERSION_WRITTEN}, got version ${bytes[1]} of ${process.version}`,
  );
}

/** The name of the class, for an object that V8 made: `[object Map]` gives `Map`. */
function nameOf(object: object): string {
  return Object.prototype.toString.call(object).slice('[object '.length, -1);
}
