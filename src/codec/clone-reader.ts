import { SystemDate } from '../timer-functions.js';
import { CloneBytes, unexpected } from './clone-bytes.js';
import { readError } from './clone-error.js';
import * as tag from './clone-tags.js';
import { restoreHostObject } from './clone-views.js';
import { ElementRoom, Elements, INDEX_MAX, indexOf } from './element-room.js';
import { defineOwn } from './object-parts.js';
import type { ReservedMemory } from './reserved-memory.js';

/** What is stored has 500 levels, in two lists. */
const DEPTH_MAX = 502;

/**
 * Reads a structured clone as V8 has serialized it. V8's own reader makes an array as long as the bytes say, and is
 * not made for bytes of somebody else; here the work and the memory are in proportion to their number. Throws for
 * bytes that V8 has not written.
 */
export class CloneReader {
  readonly #bytes: CloneBytes;
  readonly #room: ElementRoom;
  readonly #reserved: ReservedMemory;
  /** In the order in which they began, as V8 numbers them. */
  readonly #objects: object[] = [];

  constructor(bytes: Buffer, reserved: ReservedMemory) {
    this.#bytes = new CloneBytes(bytes);
    this.#room = new ElementRoom(bytes.length);
    this.#reserved = reserved;
  }

  /** To be called once. The result shares no memory with the bytes. */
  read(): unknown {
    const version = this.#bytes.byte() === tag.VERSION ? this.#bytes.varint() : undefined;
    if (version !== tag.VERSION_WRITTEN) {
      throw new TypeError(
        `expected a clone of version ${tag.VERSION_WRITTEN}, got ${version ?? 'none'}`,
      );
    }
    const value = this.#readValue(0);
    const { left } = this.#bytes;
    if (left === 0) return value;
    throw new RangeError(`expected the end of a clone, got ${left} bytes more`);
  }

  #readValue(depth: number): unknown {
    return this.#readTagged(this.#bytes.tag(), depth);
  }

  #readTagged(kind: number, depth: number): unknown {
    switch (kind) {
      case tag.TEXT:
      case tag.WIDE_TEXT:
        return this.#bytes.text(kind);
      case tag.INT32:
        return this.#bytes.int32();
      case tag.DOUBLE:
        return this.#bytes.double();
      case tag.BIGINT:
        return this.#bytes.bigint();
      case tag.UNDEFINED:
        return undefined;
      case tag.NULL:
        return null;
      case tag.TRUE:
        return true;
      case tag.FALSE:
        return false;
      case tag.REFERENCE:
        return this.#readReference();
      default:
        return this.#readObject(kind, depth + 1);
    }
  }

  #readReference(): object {
    const number = this.#bytes.varint();
    const object = this.#objects[number];
    if (object !== undefined) return object;
    throw new RangeError(`expected one of ${this.#objects.length} objects, got ${number}`);
  }

  #readObject(kind: number, depth: number): object {
    if (depth > DEPTH_MAX) throw new RangeError(`expected at most ${DEPTH_MAX} levels`);
    switch (kind) {
      case tag.OBJECT:
        return this.#readRecord(depth);
      case tag.DENSE_ARRAY:
        return this.#readDenseArray(depth);
      case tag.SPARSE_ARRAY:
        return this.#readSparseArray(depth);
      case tag.MAP:
        return this.#readMap(depth);
      case tag.SET:
        return this.#readSet(depth);
      default:
        return this.#begin(this.#readLeaf(kind));
    }
  }

  /** An object without others in it. */
  #readLeaf(kind: number): object {
    const bytes = this.#bytes;
    switch (kind) {
      case tag.DATE:
        return new SystemDate(bytes.double());
      case tag.TRUE_OBJECT:
        return Object(true);
      case tag.FALSE_OBJECT:
        return Object(false);
      case tag.NUMBER_OBJECT:
        return Object(bytes.double());
      case tag.BIGINT_OBJECT:
        return Object(bytes.bigint());
      case tag.TEXT_OBJECT:
        return Object(bytes.taggedText());
      case tag.REGEXP:
        return new RegExp(bytes.taggedText(), flagsOf(bytes.varint()));
      case tag.ARRAY_BUFFER:
        return new Uint8Array(bytes.raw(bytes.varint())).buffer;
      case tag.RESIZABLE_BUFFER:
        return this.#readResizableBuffer();
      case tag.HOST_OBJECT:
        return restoreHostObject(bytes.varint(), bytes.raw(bytes.varint()));
      case tag.ERROR:
        return readError(bytes);
      default:
        throw unexpected('a value', bytes.at, kind);
    }
  }

  #begin<T extends object>(object: T): T {
    this.#objects.push(object);
    return object;
  }

  #readRecord(depth: number): object {
    const record = this.#begin({});
    this.#readProperties(record, undefined, tag.OBJECT_END, INDEX_MAX, depth);
    return record;
  }

  #readDenseArray(depth: number): unknown[] {
    const array: unknown[] = this.#begin([]);
    const length = this.#bytes.varint();
    // Each takes a byte at least.
    if (length > this.#bytes.left) {
      throw new RangeError(`expected ${length} elements, got ${this.#bytes.left} bytes`);
    }
    for (let i = 0; i < length; i++) {
      const kind = this.#bytes.tag();
      if (kind === tag.HOLE) array.length++;
      else array.push(this.#readTagged(kind, depth));
    }
    this.#readProperties(array, undefined, tag.DENSE_END, length - 1, depth);
    this.#assertCount('the length', length);
    return array;
  }

  #readSparseArray(depth: number): unknown[] {
    const array: unknown[] = this.#begin([]);
    const length = this.#bytes.varint();
    const elements = new Elements(array, this.#room);
    this.#readProperties(array, elements, tag.SPARSE_END, length - 1, depth);
    elements.setLength(length);
    this.#assertCount('the length', length);
    return array;
  }

  /** `elements`: of an array whose length is set later. `indexMax`: of the elements that the owner may have. */
  #readProperties(
    owner: object,
    elements: Elements | undefined,
    end: number,
    indexMax: number,
    depth: number,
  ): void {
    let count = 0;
    for (let kind = this.#bytes.tag(); kind !== end; kind = this.#bytes.tag()) {
      const key = this.#readKey(kind);
      const value = this.#readValue(depth);
      if (typeof key === 'string') defineProperty(owner, key, value);
      else if (key <= indexMax) {
        elements ??= new Elements(owner, this.#room);
        elements.set(key, value);
      } else throw new RangeError(`expected an index of ${indexMax} at most, got ${key}`);
      count++;
    }
    this.#assertCount('properties', count);
  }

  /** A number for an element, whether it is written as a number or as a text. */
  #readKey(kind: number): string | number {
    const { at } = this.#bytes;
    const text = this.#bytes.text(kind);
    if (text !== undefined) return indexOf(text) ?? text;
    const isNumber = kind === tag.INT32 || kind === tag.DOUBLE;
    const index = isNumber && this.#readTagged(kind, 0);
    if (isIndex(index)) return index;
    throw unexpected('a key', at, kind);
  }

  #readMap(depth: number): Map<unknown, unknown> {
    const map = this.#begin(new Map<unknown, unknown>());
    let count = 0;
    for (let kind = this.#bytes.tag(); kind !== tag.MAP_END; kind = this.#bytes.tag()) {
      const key = this.#readTagged(kind, depth);
      map.set(key, this.#readValue(depth));
      count += 2;
    }
    this.#assertCount('keys and values', count);
    return map;
  }

  #readSet(depth: number): Set<unknown> {
    const set = this.#begin(new Set<unknown>());
    let count = 0;
    for (let kind = this.#bytes.tag(); kind !== tag.SET_END; kind = this.#bytes.tag()) {
      set.add(this.#readTagged(kind, depth));
      count++;
    }
    this.#assertCount('elements', count);
    return set;
  }

  #readResizableBuffer(): ArrayBuffer {
    const length = this.#bytes.varint();
    const maxByteLength = this.#bytes.varint();
    const bytes = this.#bytes.raw(length);
    this.#reserved.take(maxByteLength);
    const buffer = new ArrayBuffer(length, { maxByteLength });
    new Uint8Array(buffer).set(bytes);
    return buffer;
  }

  #assertCount(of: string, count: number): void {
    const written = this.#bytes.varint();
    if (written !== count) throw new RangeError(`${of}: expected ${count}, got ${written}`);
  }
}

function isIndex(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= INDEX_MAX;
}

/** As V8 does, which asks no setter of a prototype. */
function defineProperty(owner: object, key: string, value: unknown): void {
  if (key in owner) defineOwn(owner, key, value);
  else (owner as Record<string, unknown>)[key] = value;
}

function flagsOf(bits: number): string {
  let flags = '';
  let known = 0;
  for (const [i, flag] of tag.REGEXP_FLAGS.entries()) {
    if (flag === undefined || ((bits >>> i) & 1) === 0) continue;
    flags += flag;
    known += 2 ** i;
  }
  if (known === bits) return flags;
  throw new RangeError(`expected flags of a RegExp, got ${bits}`);
}
