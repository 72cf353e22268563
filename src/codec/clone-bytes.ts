import * as tag from './clone-tags.js';

// Below this a loop is cheaper than a native call.
const LOOPED_LENGTH_MAX = 16;
const VARINT_BYTES_MAX = 5;

/** Reads numbers and texts from bytes in V8's format, in order. Throws where they end too early. */
export class CloneBytes {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  get at(): number {
    return this.#at;
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined)
      throw new RangeError(`expected a byte at byte ${this.#at}, got the end`);
    this.#at++;
    return byte;
  }

  /** The next byte that is no padding, which is a tag. */
  tag(): number {
    let byte = this.byte();
    while (byte === tag.PADDING) byte = this.byte();
    return byte;
  }

  /** Of 32 bits without a sign. */
  varint(): number {
    let value = this.byte();
    if (value < 0x80) return value;
    value &= 0x7f;
    for (let i = 1; i < VARINT_BYTES_MAX; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte >= 0x80) continue;
      if (value <= 0xffff_ffff) return value;
      break;
    }
    throw new RangeError(`expected a number of 32 bits before byte ${this.#at}`);
  }

  int32(): number {
    const zigzag = this.varint();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  bigint(): bigint {
    const bits = this.varint();
    const magnitude = Buffer.from(this.raw(bits >>> 1)).reverse();
    const value = magnitude.length === 0 ? 0n : BigInt(`0x${magnitude.toString('hex')}`);
    return bits & 1 ? -value : value;
  }

  /** What follows the tag of a text, `undefined` if `kind` is none of a text. */
  text(kind: number): string | undefined {
    if (kind === tag.TEXT) return this.#oneByteText(this.varint());
    if (kind === tag.WIDE_TEXT) return this.#wideText(this.varint());
    return undefined;
  }

  /** A text with its tag. */
  taggedText(): string {
    const kind = this.tag();
    const text = this.text(kind);
    if (text === undefined) throw unexpected('a text', this.#at, kind);
    return text;
  }

  /** Not a copy. */
  raw(length: number): Buffer {
    const start = this.#take(length);
    return this.#bytes.subarray(start, this.#at);
  }

  #oneByteText(length: number): string {
    const start = this.#take(length);
    if (length > LOOPED_LENGTH_MAX) return this.#bytes.toString('latin1', start, this.#at);
    let text = '';
    for (let i = start; i < this.#at; i++) text += String.fromCharCode(this.#bytes[i] ?? 0);
    return text;
  }

  #wideText(byteLength: number): string {
    if (byteLength % 2 !== 0) throw new RangeError(`expected pairs of bytes, got ${byteLength}`);
    const start = this.#take(byteLength);
    return this.#bytes.toString('utf16le', start, this.#at);
  }

  /** Where the next `length` bytes start, which are taken. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.left) {
      throw new RangeError(`expected ${length} bytes at byte ${start}, got ${this.left}`);
    }
    this.#at = start + length;
    return start;
  }
}

/** `at`: behind the tag. */
export function unexpected(expected: string, at: number, kind: number): TypeError {
  return new TypeError(`expected ${expected} at byte ${at - 1}, got the tag ${kind}`);
}
