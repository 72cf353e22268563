import { SystemDate } from '../timer-functions.js';
import { ElementRoom, Elements, indexOf } from './element-room.js';
import { KnownKeys } from './known-keys.js';
import { defineOwn } from './object-parts.js';
import * as tag from './tags.js';
import { restoreTemporal } from './temporal.js';
import type { ValueSource } from './value-source.js';

// V8 copies what is shorter; a longer text refers to its place in the string that it was cut from.
const CUT_LENGTH_MIN = 13;
/** A text may keep a stored session of so many bytes in memory, or one of twice its own length. */
const KEPT_BYTES_MAX = 4_096;
const ELEMENTS_IN_ADVANCE_MAX = 64;

const knownKeys = new KnownKeys();

/**
 * Reads what a {@link ValueWriter} wrote, straight from the string that holds it. Damaged bytes give
 * other values or an error; the work and the memory are in proportion to their number.
 */
export class ValueReader implements ValueSource {
  readonly #stored: string;
  readonly #start: number;
  readonly #end: number;
  #at: number;
  #left: number;
  #bytes: Buffer | undefined;
  #room: ElementRoom | undefined;

  constructor(stored: string, start: number, end: number) {
    this.#stored = stored;
    this.#start = start;
    this.#at = start;
    this.#end = end;
    this.#left = this.#readLength();
    if (this.#left === 0) this.#assertEnd();
  }

  get left(): number {
    return this.#left;
  }

  /** Throws for what no {@link ValueWriter} has written. */
  next(): unknown {
    if (this.#left === 0) throw new RangeError(`expected a value at byte ${this.#at}, got the end`);
    const value = this.#readValue(0);
    this.#left--;
    if (this.#left === 0) this.#assertEnd();
    return value;
  }

  #assertEnd(): void {
    if (this.#at === this.#end) return;
    throw new RangeError(`expected values up to byte ${this.#end}, got them up to ${this.#at}`);
  }

  #readElements(depth: number): unknown[] {
    const count = this.#readLength();
    // Damage can make the count as large as it likes.
    const elements = new Array<unknown>(Math.min(count, ELEMENTS_IN_ADVANCE_MAX));
    for (let i = 0; i < count; i++) elements[i] = this.#readValue(depth);
    return elements;
  }

  #readValue(depth: number): unknown {
    const kind = this.#readByte();
    if (kind < tag.SHORT_TEXT) return kind;
    if (kind <= tag.SHORT_TEXT + tag.SHORT_TEXT_LENGTH_MAX) {
      return this.#readText(kind - tag.SHORT_TEXT);
    }
    switch (kind) {
      case tag.UNDEFINED:
        return undefined;
      case tag.NULL:
        return null;
      case tag.FALSE:
        return false;
      case tag.TRUE:
        return true;
      case tag.INT8:
        return (this.#readByte() << 24) >> 24;
      case tag.INT16:
        return (this.#readUint16() << 16) >> 16;
      case tag.INT32:
        return this.#readUint16() | (this.#readUint16() << 16);
      case tag.FLOAT64:
        return this.#readView().getFloat64(0, true);
      case tag.BIGINT64:
        return this.#readView().getBigInt64(0, true);
      case tag.TEXT:
        return this.#readText(this.#readLength());
      case tag.WIDE_TEXT:
        return this.#readWideText();
      case tag.DATE:
        return new SystemDate(this.#readView().getFloat64(0, true));
      case tag.BYTES:
        return this.#readBytes();
      default:
        return this.#readContainer(kind, depth + 1);
    }
  }

  #readContainer(kind: number, depth: number): unknown {
    if (depth > tag.DEPTH_MAX) throw new RangeError(`expected at most ${tag.DEPTH_MAX} levels`);
    switch (kind) {
      case tag.RECORD:
        return this.#readRecord(depth);
      case tag.ARRAY:
        return this.#readElements(depth);
      case tag.SET:
        return new Set(this.#readElements(depth));
      case tag.MAP:
        return this.#readMap(depth);
      case tag.TEMPORAL:
        return this.#readTemporal();
      default:
        throw new TypeError(`expected a value at byte ${this.#at - 1}, got ${kind}`);
    }
  }

  #readRecord(depth: number): unknown {
    const record: Record<string, unknown> = {};
    let elements: Elements | undefined;
    for (let key = this.#readKey(); key !== undefined; key = this.#readKey()) {
      const value = this.#readValue(depth);
      const index = indexOf(key);
      if (index !== undefined) {
        elements ??= this.#elementsOf(record);
        elements.set(index, value);
      } else if (key === '__proto__') defineOwn(record, key, value);
      else record[key] = value;
    }
    return record;
  }

  #elementsOf(record: object): Elements {
    this.#room ??= new ElementRoom(this.#end - this.#start);
    return new Elements(record, this.#room);
  }

  #readKey(): string | undefined {
    const kind = this.#readByte();
    switch (kind) {
      case tag.END:
        return undefined;
      case tag.TEXT:
        return this.#readText(this.#readLength());
      case tag.WIDE_TEXT:
        return this.#readWideText();
      default:
        if (kind >= tag.SHORT_TEXT && kind <= tag.SHORT_TEXT + tag.SHORT_TEXT_LENGTH_MAX) {
          const start = this.#take(kind - tag.SHORT_TEXT);
          return knownKeys.read(this.#stored, start, this.#at);
        }
        throw new TypeError(`expected a key at byte ${this.#at - 1}, got ${kind}`);
    }
  }

  #readMap(depth: number): unknown {
    const map = new Map<unknown, unknown>();
    for (let count = this.#readLength(); count > 0; count--) {
      const key = this.#readValue(depth);
      map.set(key, this.#readValue(depth));
    }
    return map;
  }

  #readTemporal(): unknown {
    const classIndex = this.#readByte();
    return restoreTemporal(classIndex, this.#readText(this.#readLength()));
  }

  #readText(length: number): string {
    const start = this.#take(length);
    const keptMax = length < CUT_LENGTH_MIN ? Infinity : Math.max(KEPT_BYTES_MAX, 2 * length);
    if (this.#stored.length <= keptMax) return this.#stored.substring(start, this.#at);
    return this.#copied().toString('latin1', start, this.#at);
  }

  #readWideText(): string {
    const start = this.#take(this.#readLength());
    return this.#copied().toString('utf16le', start, this.#at);
  }

  #readBytes(): unknown {
    const start = this.#take(this.#readLength());
    return new Uint8Array(this.#copied().subarray(start, this.#at));
  }

  /** Where the next `length` bytes start, which are taken. */
  #take(length: number): number {
    const start = this.#at;
    this.#at = start + length;
    if (this.#at <= this.#end) return start;
    throw new RangeError(`expected ${length} bytes at byte ${start} of ${this.#end}`);
  }

  #copied(): Buffer {
    this.#bytes ??= Buffer.from(this.#stored, 'latin1');
    return this.#bytes;
  }

  #readLength(): number {
    const length = this.#readByte();
    if (length !== tag.LONG_LENGTH) return length;
    return this.#readUint16() + this.#readUint16() * 0x1_0000;
  }

  /** NaN behind the end, which is no tag. */
  #readByte(): number {
    return this.#stored.charCodeAt(this.#at++);
  }

  #readUint16(): number {
    return this.#readByte() | (this.#readByte() << 8);
  }

  #readView(): DataView {
    const start = this.#take(8);
    for (let i = 0; i < 8; i++) scratch.setUint8(i, this.#stored.charCodeAt(start + i));
    return scratch;
  }
}

const scratch = new DataView(new ArrayBuffer(8));
