import { types } from 'node:util';

/** Each takes 8 bytes; an empty Set takes more for a byte that is stored. */
const HOLES_PER_BYTE = 8;

/**
 * V8 keeps the elements of an array or object in one block up to the last one, with room for each hole: an array of
 * length 30,000,000 takes 240 MB, an object with the one key 1023 takes 12 KB. Here holes have a limit, above
 * which V8 is made to keep the elements in a table, which takes memory only for those that are there. Both
 * look the same from outside.
 */
export class ElementRoom {
  #holesLeft: number;

  /** For all arrays and objects that are read from so many bytes. */
  constructor(bytes: number) {
    this.#holesLeft = HOLES_PER_BYTE * bytes;
  }

  /** False if there are too many holes, of which none is taken then. */
  take(holes: number): boolean {
    if (holes > this.#holesLeft) return false;
    this.#holesLeft -= holes;
    return true;
  }
}

/** The largest index of an element. */
export const INDEX_MAX = 2 ** 32 - 2;

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const INDEX_DIGITS_MAX = 10;

/** The index of the element that V8 makes of a property with this key; `undefined` for most keys. */
export function indexOf(key: string): number | undefined {
  const { length } = key;
  // Most keys are over here.
  if (!isDigit(key.charCodeAt(0)) || length > INDEX_DIGITS_MAX) return undefined;
  let index = 0;
  for (let i = 0; i < length; i++) {
    const code = key.charCodeAt(i);
    if (!isDigit(code)) return undefined;
    index = index * 10 + code - DIGIT_0;
  }
  const hasLeadingZero = length > 1 && key.charCodeAt(0) === DIGIT_0;
  return hasLeadingZero || index > INDEX_MAX ? undefined : index;
}

/** False for NaN, behind the end of a text. */
function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9;
}

/** The elements of one array or object while it is read. */
export class Elements {
  readonly #owner: Record<number, unknown>;
  readonly #room: ElementRoom;
  /** Behind the last element. */
  #end: number;
  #isTable = false;

  /** `owner`: an array that may have its first elements, or an object that has none. */
  constructor(owner: object, room: ElementRoom) {
    this.#owner = owner as Record<number, unknown>;
    this.#room = room;
    this.#end = Array.isArray(owner) ? owner.length : 0;
  }

  set(index: number, value: unknown): void {
    if (index >= this.#end) {
      this.#reserve(index - this.#end);
      this.#end = index + 1;
    }
    this.#owner[index] = value;
  }

  /** Of an array. To be called when all its elements are there. */
  setLength(length: number): void {
    if (length > this.#end) this.#reserve(length - this.#end);
    (this.#owner as unknown as unknown[]).length = length;
  }

  #reserve(holes: number): void {
    if (this.#isTable || this.#room.take(holes)) return;
    this.#isTable = true;
    // Above 32 Mi elements V8 makes a table, and leaves it one.
    if (Array.isArray(this.#owner)) {
      this.#owner.length = INDEX_MAX + 1;
      return;
    }
    this.#owner[INDEX_MAX] = undefined;
    delete this.#owner[INDEX_MAX];
  }
}

/** Of 8 bytes, in all arrays and objects of a session whose clone V8 makes. */
export const CLONED_HOLES_MAX = 2 ** 23;
/** Above this length V8 keeps the elements of an array in a table in any case. */
const BLOCK_LENGTH_MAX = 2 ** 25;
/** So it does with an element that is further away than this from the one before it. */
const BLOCK_GAP_MAX = 1_024;

/**
 * For how many holes V8 makes room when it clones an array or a plain object, at most. `parts`: its values. Runs no
 * code of users.
 */
export function clonedHolesOf(object: object, parts: readonly unknown[]): number {
  if (types.isProxy(object)) return 0;
  if (Array.isArray(object)) {
    return object.length > BLOCK_LENGTH_MAX ? 0 : Math.max(0, object.length - parts.length);
  }
  if (parts.length === 0) return 0;
  let count = 0;
  let end = 0;
  // Elements come first, in order.
  for (const key of Object.keys(object)) {
    const index = indexOf(key);
    if (index === undefined) break;
    end = index + 1;
    count++;
  }
  return Math.min(end, count * BLOCK_GAP_MAX) - count;
}
