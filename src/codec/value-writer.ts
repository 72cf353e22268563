import { types } from 'node:util';
import { MetObjects } from './met-objects.js';
import * as tag from './tags.js';
import { hasTemporal, storedTemporalOf } from './temporal.js';

// Nearly everything fits; what does not gets memory of its own.
const SCRATCH_BYTES = 262_144;
// Below this a loop is cheaper than a native call.
const LOOPED_LENGTH_MAX = 24;
const TWO_BYTE_CHARACTER = /[^\0-\xff]/;

/**
 * Writes values that are plain, in one pass that reads each property of an object once: primitives,
 * Dates, Temporal objects, bytes, and Maps, Sets, arrays and objects of them, each object met once. A value is read as
 * `structuredClone` would read it.
 */
export class ValueWriter {
  /** What was written, up to `length`. Valid until the next {@link write}. */
  bytes: Buffer = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  length = 0;
  #view = viewOf(this.bytes);
  readonly #met = new MetObjects();

  /**
   * Writes `values` after `headBytes` for the caller to fill. False if one of them is not plain; the
   * bytes are of no use then. Throws what a getter throws.
   */
  write(values: readonly unknown[], headBytes: number): boolean {
    if (this.bytes.length > SCRATCH_BYTES) this.#use(Buffer.allocUnsafeSlow(SCRATCH_BYTES));
    this.length = headBytes;
    try {
      return this.#writeElements(values, 0);
    } finally {
      this.#met.clear();
    }
  }

  #writeElements(elements: readonly unknown[], depth: number): boolean {
    this.#writeLength(elements.length);
    for (let i = 0; i < elements.length; i++) {
      if (!this.#writeValue(elements[i], depth)) return false;
    }
    return true;
  }

  #writeValue(value: unknown, depth: number): boolean {
    // Not a switch: V8 compiles these to one look at the value each.
    if (typeof value === 'string') this.#writeText(value);
    else if (typeof value === 'number') this.#writeNumber(value);
    else if (typeof value === 'boolean') this.#writeByte(value ? tag.TRUE : tag.FALSE);
    else if (value === null) this.#writeByte(tag.NULL);
    else if (typeof value === 'object') return this.#writeObject(value, depth + 1);
    else if (value === undefined) this.#writeByte(tag.UNDEFINED);
    else return typeof value === 'bigint' && this.#writeBigInt(value);
    return true;
  }

  #writeNumber(value: number): void {
    const int = value | 0;
    if (int !== value || Object.is(value, -0)) this.#writeFloat64(tag.FLOAT64, value);
    else if (int >= 0 && int < tag.SHORT_TEXT) this.#writeByte(int);
    else this.#writeInt(int);
  }

  #writeInt(int: number): void {
    this.#reserve(5);
    if (int === (int << 24) >> 24) {
      this.#view.setUint8(this.length, tag.INT8);
      this.#view.setInt8(this.length + 1, int);
      this.length += 2;
    } else if (int === (int << 16) >> 16) {
      this.#view.setUint8(this.length, tag.INT16);
      this.#view.setInt16(this.length + 1, int, true);
      this.length += 3;
    } else {
      this.#view.setUint8(this.length, tag.INT32);
      this.#view.setInt32(this.length + 1, int, true);
      this.length += 5;
    }
  }

  #writeFloat64(kind: number, value: number): void {
    this.#writeByte(kind);
    this.#reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  #writeBigInt(value: bigint): boolean {
    if (BigInt.asIntN(64, value) !== value) return false;
    this.#writeByte(tag.BIGINT64);
    this.#reserve(8);
    this.#view.setBigInt64(this.length, value, true);
    this.length += 8;
    return true;
  }

  #writeText(text: string): void {
    const { length } = text;
    if (length > LOOPED_LENGTH_MAX) {
      this.#writeLongText(text);
      return;
    }
    this.#reserve(1 + length);
    const { bytes } = this;
    let end = this.length;
    bytes[end++] = tag.SHORT_TEXT + length;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0xff) {
        this.#writeWideText(text);
        return;
      }
      bytes[end++] = unit;
    }
    this.length = end;
  }

  #writeLongText(text: string): void {
    const { length } = text;
    if (TWO_BYTE_CHARACTER.test(text)) {
      this.#writeWideText(text);
      return;
    }
    if (length <= tag.SHORT_TEXT_LENGTH_MAX) this.#writeByte(tag.SHORT_TEXT + length);
    else this.#writeTagAndLength(tag.TEXT, length);
    this.#reserve(length);
    this.length += this.bytes.write(text, this.length, 'latin1');
  }

  #writeWideText(text: string): void {
    this.#writeTagAndLength(tag.WIDE_TEXT, 2 * text.length);
    this.#reserve(2 * text.length);
    this.length += this.bytes.write(text, this.length, 'utf16le');
  }

  #writeObject(object: object, depth: number): boolean {
    if (depth > tag.DEPTH_MAX || !this.#met.add(object) || types.isProxy(object)) return false;
    if (Array.isArray(object)) return this.#writeArray(object, depth);
    if (isRecord(object)) return this.#writeRecord(object, depth);
    if (types.isDate(object)) return this.#writeDate(object);
    if (types.isMap(object)) return this.#writeMap(object, depth);
    if (types.isSet(object)) return this.#writeSet(object, depth);
    if (types.isUint8Array(object)) return this.#writeBytes(object);
    return hasTemporal && this.#writeTemporal(object);
  }

  #writeRecord(record: Record<string, unknown>, depth: number): boolean {
    this.#writeByte(tag.RECORD);
    for (const key in record) {
      // Also `Object.prototype` may have got properties.
      if (!Object.hasOwn(record, key)) continue;
      this.#writeText(key);
      if (!this.#writeValue(record[key], depth)) return false;
    }
    this.#writeByte(tag.END);
    return true;
  }

  #writeArray(array: readonly unknown[], depth: number): boolean {
    // Cheaper than the keys. Other properties than the elements are among them.
    const values = Object.values(array);
    if (values.length !== array.length) return false;
    for (let i = 0; i < array.length; i++) {
      // As many holes as other properties. What a getter says this time does not count.
      if (array[i] === undefined && !Object.hasOwn(array, i)) return false;
    }
    this.#writeByte(tag.ARRAY);
    return this.#writeElements(values, depth);
  }

  #writeDate(date: Date): boolean {
    this.#writeFloat64(tag.DATE, Date.prototype.getTime.call(date));
    return true;
  }

  #writeMap(map: ReadonlyMap<unknown, unknown>, depth: number): boolean {
    // All of them first, because what is read from them may change the map.
    const keys = [...Map.prototype.keys.call(map)];
    const values = [...Map.prototype.values.call(map)];
    this.#writeTagAndLength(tag.MAP, keys.length);
    for (let i = 0; i < keys.length; i++) {
      if (!this.#writeValue(keys[i], depth) || !this.#writeValue(values[i], depth)) return false;
    }
    return true;
  }

  #writeSet(set: ReadonlySet<unknown>, depth: number): boolean {
    this.#writeByte(tag.SET);
    return this.#writeElements([...Set.prototype.values.call(set)], depth);
  }

  #writeBytes(bytes: Uint8Array): boolean {
    // Of the bytes themselves, which may have properties of these names.
    const length: number = Reflect.get(Uint8Array.prototype, 'length', bytes);
    // No bytes: the memory may be detached, which `structuredClone` refuses.
    if (length === 0) return false;
    this.#writeTagAndLength(tag.BYTES, length);
    this.#reserve(length);
    this.bytes.set(bytes, this.length);
    this.length += length;
    return true;
  }

  #writeTemporal(object: object): boolean {
    const temporal = storedTemporalOf(object);
    if (temporal === undefined) return false;
    const { classIndex, text } = temporal;
    this.#writeByte(tag.TEMPORAL);
    this.#writeByte(classIndex);
    this.#writeLength(text.length);
    this.#reserve(text.length);
    this.length += this.bytes.write(text, this.length, 'latin1');
    return true;
  }

  #writeTagAndLength(kind: number, length: number): void {
    this.#writeByte(kind);
    this.#writeLength(length);
  }

  #writeLength(length: number): void {
    if (length < tag.LONG_LENGTH) {
      this.#writeByte(length);
      return;
    }
    this.#writeByte(tag.LONG_LENGTH);
    this.#reserve(4);
    this.#view.setUint32(this.length, length, true);
    this.length += 4;
  }

  #writeByte(byte: number): void {
    this.#reserve(1);
    this.bytes[this.length++] = byte;
  }

  #reserve(count: number): void {
    if (this.length + count > this.bytes.length) this.#grow(this.length + count);
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.length);
    this.#use(grown);
  }

  #use(bytes: Buffer): void {
    this.bytes = bytes;
    this.#view = viewOf(bytes);
  }
}

/** Missing on Node.js 20, and in the types. */
const isRawJson = (JSON as { isRawJSON?: (value: unknown) => boolean }).isRawJSON ?? (() => false);

/** True for objects without a class, also of another realm. Not for proxies. */
function isRecord(object: object): object is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(object);
  const plain =
    prototype === Object.prototype ||
    // What `JSON.rawJSON` makes has no prototype either, and is refused by `structuredClone`.
    (prototype === null ? !isRawJson(object) : Object.getPrototypeOf(prototype) === null);
  // Another text for `arguments`, and for an Error or a Date that has been given such a prototype.
  return plain && Object.prototype.toString.call(object) === '[object Object]';
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
