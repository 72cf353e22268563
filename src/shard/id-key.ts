import { randomFillSync } from 'node:crypto';
import { SESSION_ID_LENGTH_MAX } from '../slots.js';

/** How an id is written in words. Equal ids have equal forms, so ids in different forms differ. */
const ONE_BYTE = 0;
/** Some characters are beyond Latin-1. */
const TWO_BYTE = 1;
/** A UUID in small letters, as JSTP makes them: its 32 digits. */
const UUID = 2;

const UUID_LENGTH = 36;
const UUID_WORDS = 4;
const DASH = 0x2d;
const DIGIT_VALUES = new Int8Array(2 ** 16).fill(-1);
for (let value = 0; value < 16; value++) DIGIT_VALUES[value.toString(16).charCodeAt(0)] = value;

const DIGITS = Buffer.from('0123456789abcdef');
/** Where a UUID has its digits, four at each place. */
const DIGIT_PLACES = [0, 4, 9, 14, 19, 24, 28, 32];
/** The last UUID that was written: a string is made much quicker from bytes than from parts. */
const UUID_TEXT = Buffer.alloc(UUID_LENGTH, '-');

const WORDS_MAX = SESSION_ID_LENGTH_MAX / 2;
// One key for the kind of the id, two for each word.
const KEY_COUNT = 1 + 2 * WORDS_MAX;

/** How many words an id of that kind takes. See {@link IdKey.kind}. */
export function wordsOfKind(kind: number): number {
  const length = kind >>> 2;
  if ((kind & 3) === UUID) return UUID_WORDS;
  return (kind & 3) === ONE_BYTE ? (length + 3) >>> 2 : (length + 1) >>> 1;
}

/** The id that such words, from `at` on, were made of. */
export function idOfWords(kind: number, words: Int32Array, at: number): string {
  if ((kind & 3) === UUID) return uuidOf(words, at);
  const perWord = (kind & 3) === ONE_BYTE ? 4 : 2;
  const bits = 32 / perWord;
  const mask = 2 ** bits - 1;
  let id = '';
  for (let i = 0; i < kind >>> 2; i++) {
    const word = words[at + Math.floor(i / perWord)] as number;
    id += String.fromCharCode((word >>> ((i % perWord) * bits)) & mask);
  }
  return id;
}

function uuidOf(words: Int32Array, at: number): string {
  for (let i = 0; i < DIGIT_PLACES.length; i++) {
    const word = words[at + (i >>> 1)] as number;
    writeDigits(DIGIT_PLACES[i] as number, i % 2 === 0 ? word >>> 16 : word);
  }
  return UUID_TEXT.toString('latin1');
}

function writeDigits(place: number, bits: number): void {
  for (let i = 0; i < 4; i++) {
    UUID_TEXT[place + i] = DIGITS[(bits >>> (12 - 4 * i)) & 0xf] as number;
  }
}

/**
 * A session id as 32-bit words, which are compared, stored and hashed much quicker than characters. It is
 * made for one id after another.
 */
export class IdKey {
  /** Of the id that was read last; what follows them is of no meaning. */
  readonly words = new Int32Array(WORDS_MAX);
  /** Its form (2 bits) and length (11 bits). Ids of equal kinds and words are equal. */
  kind = 0;
  /**
   * A multilinear hash like that of the slots, with keys of its own: who does not know them cannot
   * make ids gather in one part of a table.
   */
  hash = 0;
  readonly #keys = randomFillSync(new Int32Array(KEY_COUNT));
  #id: string | undefined;

  read(id: string): void {
    if (id === this.#id) return;
    if (id.length > SESSION_ID_LENGTH_MAX) {
      throw new TypeError(`expected an id of at most ${SESSION_ID_LENGTH_MAX}, got ${id.length}`);
    }
    this.#id = id;
    const form = this.#write(id);
    this.kind = (id.length << 2) | form;
    this.hash = this.#hash();
  }

  #write(id: string): number {
    if (id.length === UUID_LENGTH && this.#writeUuid(id)) return UUID;
    if (this.#writeOneByte(id)) return ONE_BYTE;
    this.#writeTwoByte(id);
    return TWO_BYTE;
  }

  /** False for what is no UUID. */
  #writeUuid(id: string): boolean {
    for (let at = 8; at <= 23; at += 5) if (id.charCodeAt(at) !== DASH) return false;
    const wrong =
      this.#writeDigits(0, digitsAt(id, 0), digitsAt(id, 4)) |
      this.#writeDigits(1, digitsAt(id, 9), digitsAt(id, 14)) |
      this.#writeDigits(2, digitsAt(id, 19), digitsAt(id, 24)) |
      this.#writeDigits(3, digitsAt(id, 28), digitsAt(id, 32));
    return wrong >= 0;
  }

  /** Negative if one of the numbers is. */
  #writeDigits(at: number, high: number, low: number): number {
    this.words[at] = (high << 16) | low;
    return high | low;
  }

  /** False for an id with a character of two bytes. */
  #writeOneByte(id: string): boolean {
    let codes = 0;
    for (let i = 0; i < id.length; i += 4) {
      let word = 0;
      for (let j = Math.min(i + 4, id.length) - 1; j >= i; j--) {
        const code = id.charCodeAt(j);
        codes |= code;
        word = (word << 8) | code;
      }
      this.words[i >>> 2] = word;
    }
    return codes <= 0xff;
  }

  #writeTwoByte(id: string): void {
    for (let i = 0; i < id.length; i += 2) {
      const second = i + 1 < id.length ? id.charCodeAt(i + 1) : 0;
      this.words[i >>> 1] = id.charCodeAt(i) | (second << 16);
    }
  }

  #hash(): number {
    const words = wordsOfKind(this.kind);
    let sum = Math.imul(keyAt(this.#keys, 0), this.kind);
    for (let i = 0; i < words; i++) {
      const word = this.words[i] as number;
      sum += Math.imul(keyAt(this.#keys, 2 * i + 1), word & 0xffff);
      sum = (sum + Math.imul(keyAt(this.#keys, 2 * i + 2), word >>> 16)) | 0;
    }
    return mix(sum);
  }
}

/** One to one, and each bit of the result depends on all: tables look at all of them. */
function mix(sum: number): number {
  let bits = sum ^ (sum >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** The number that four hexadecimal digits make; negative if one is none. */
function digitsAt(id: string, at: number): number {
  return (
    (digitAt(id, at) << 12) |
    (digitAt(id, at + 1) << 8) |
    (digitAt(id, at + 2) << 4) |
    digitAt(id, at + 3)
  );
}

function digitAt(id: string, at: number): number {
  return DIGIT_VALUES[id.charCodeAt(at)] as number;
}

/** `at` is within the keys wherever this is called. */
function keyAt(keys: Int32Array, at: number): number {
  return keys[at] as number;
}
