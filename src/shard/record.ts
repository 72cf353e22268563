import { type IdKey, idOfWords, wordsOfKind } from './id-key.js';

/**
 * A record: five words, those of the id, the bytes of the value or of a piece of it.
 *
 *   entry     whose record it is, or DEAD
 *   next      the entry of the piece that follows, or NOTHING
 *   hash      of the id
 *   origin    slot (10 bits), kind of the id (13), ended (1)
 *   extent    units of the record (13 bits), bytes of the value or piece (16)
 *
 * All that is known of it is read and written here; `at` is the word where it begins.
 */
export const HEADER_WORDS = 5;
export const NOTHING = -1;
const DEAD = -1;

/** Records begin and end at units. */
export const WORDS_PER_UNIT = 2;
export const UNIT_BYTES = 8;
const WORD_BYTES = 4;

const NEXT = 1;
const HASH = 2;
const ORIGIN = 3;
const EXTENT = 4;

const SLOT_MASK = 0x3ff;
const KIND_SHIFT = 10;
const KIND_MASK = 0x1fff;
const ENDED = 1 << 23;

const UNITS_MASK = 0x1fff;
const VALUE_BYTES_SHIFT = 13;

export function unitsFor(idWords: number, valueBytes: number): number {
  return Math.ceil(((HEADER_WORDS + idWords) * WORD_BYTES + valueBytes) / UNIT_BYTES);
}

/** A record without id and value, whose room is `units`. */
export function writeRecord(words: Int32Array, at: number, entry: number, units: number): void {
  words[at] = entry;
  words[at + NEXT] = NOTHING;
  words[at + HASH] = 0;
  words[at + ORIGIN] = 0;
  words[at + EXTENT] = units;
}

/** Writes another record of the same entry that says the same, apart from its room. */
export function copyRecord(
  from: Int32Array,
  fromAt: number,
  to: Int32Array,
  toAt: number,
  units: number,
): void {
  const end = Math.ceil(valueEnd(from, fromAt) / WORD_BYTES);
  to.set(from.subarray(fromAt, end), toAt);
  to[toAt + EXTENT] = (wordAt(from, fromAt + EXTENT) & ~UNITS_MASK) | units;
}

export function entryOf(words: Int32Array, at: number): number {
  return wordAt(words, at);
}

export function isDead(words: Int32Array, at: number): boolean {
  return words[at] === DEAD;
}

/** A dead record keeps its room, so that what follows it can be found. */
export function markDead(words: Int32Array, at: number): void {
  words[at] = DEAD;
}

export function nextOf(words: Int32Array, at: number): number {
  return wordAt(words, at + NEXT);
}

export function setNext(words: Int32Array, at: number, next: number): void {
  words[at + NEXT] = next;
}

/** Where the index has it. */
export interface Origin {
  readonly slot: number;
  readonly hash: number;
}

export function originOf(words: Int32Array, at: number): Origin {
  return { slot: wordAt(words, at + ORIGIN) & SLOT_MASK, hash: wordAt(words, at + HASH) };
}

/** Writes where it belongs, and the id. */
export function setOrigin(words: Int32Array, at: number, slot: number, key: IdKey): void {
  words[at + HASH] = key.hash;
  words[at + ORIGIN] = slot | (key.kind << KIND_SHIFT);
  const idWords = wordsOfKind(key.kind);
  for (let i = 0; i < idWords; i++) words[at + HEADER_WORDS + i] = wordAt(key.words, i);
}

export function isRecordOf(words: Int32Array, at: number, key: IdKey): boolean {
  const { kind } = key;
  if (kindOf(words, at) !== kind) return false;
  const idWords = wordsOfKind(kind);
  for (let i = 0; i < idWords; i++) {
    if (words[at + HEADER_WORDS + i] !== key.words[i]) return false;
  }
  return true;
}

export function idOf(words: Int32Array, at: number): string {
  return idOfWords(kindOf(words, at), words, at + HEADER_WORDS);
}

export function idWordsOf(words: Int32Array, at: number): number {
  return wordsOfKind(kindOf(words, at));
}

export function isEnded(words: Int32Array, at: number): boolean {
  return (wordAt(words, at + ORIGIN) & ENDED) !== 0;
}

export function setEnded(words: Int32Array, at: number, ended: boolean): void {
  const origin = wordAt(words, at + ORIGIN);
  words[at + ORIGIN] = ended ? origin | ENDED : origin & ~ENDED;
}

export function unitsOf(words: Int32Array, at: number): number {
  return wordAt(words, at + EXTENT) & UNITS_MASK;
}

export function valueBytesOf(words: Int32Array, at: number): number {
  return wordAt(words, at + EXTENT) >>> VALUE_BYTES_SHIFT;
}

export function setValueBytes(words: Int32Array, at: number, bytes: number): void {
  words[at + EXTENT] = unitsOf(words, at) | (bytes << VALUE_BYTES_SHIFT);
}

/** The byte of the segment where the value begins. */
export function valueStart(words: Int32Array, at: number): number {
  return (at + HEADER_WORDS + idWordsOf(words, at)) * WORD_BYTES;
}

export function valueEnd(words: Int32Array, at: number): number {
  return valueStart(words, at) + valueBytesOf(words, at);
}

function kindOf(words: Int32Array, at: number): number {
  return (wordAt(words, at + ORIGIN) >>> KIND_SHIFT) & KIND_MASK;
}

/** `at` is within the segment wherever this is called. */
function wordAt(words: Int32Array, at: number): number {
  return words[at] as number;
}
