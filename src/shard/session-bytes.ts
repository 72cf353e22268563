import { SESSION_ID_LENGTH_MAX } from '../slots.js';

/**
 * What a session costs beside the strings of its id and value: its share of the Map and of the
 * columns. Measured, like all sizes here; see `docs/decisions.md`.
 */
const ENTRY_BYTES = 104;

/** What a string costs beside its characters, padding included. */
const STRING_BYTES = 20;

/** What an addition costs beside its characters until the value is put together. */
const ADDITION_BYTES = 80;

/** A character above these makes V8 keep the whole string in two bytes for each. */
const TWO_BYTE_CHARACTER = /[^\0-\xff]/;

/** The most that a session takes whose value has `valueBytes` bytes. */
export function bytesOfSessionMax(valueBytes: number): number {
  return ENTRY_BYTES + 2 * STRING_BYTES + 2 * SESSION_ID_LENGTH_MAX + valueBytes;
}

/** The memory that a session takes, rather a little too high than too low. */
export function bytesOfSession(id: string, value: string): number {
  const idBytes = TWO_BYTE_CHARACTER.test(id) ? 2 * id.length : id.length;
  return ENTRY_BYTES + STRING_BYTES + idBytes + bytesOfValue(value);
}

/** The memory of a value, which has characters of one byte only. */
export function bytesOfValue(value: string): number {
  return STRING_BYTES + value.length;
}

export function bytesOfAddition(addition: string): number {
  return ADDITION_BYTES + addition.length;
}
