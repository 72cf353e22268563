import assert from 'node:assert/strict';
import type { OneByteBuffer } from '../record-log.js';

/**
 * One change of a shard's sessions, as the journal keeps it. All are absolute: a record that is applied
 * again, and followed by those that followed it, changes nothing. That is why a snapshot may be taken
 * while changes go on (see `docs/decisions.md`).
 */
export const RecordKind = {
  /** The value; active until the deadline. */
  SET: 1,
  /** The value; inactive until the deadline. */
  SET_INACTIVE: 2,
  /** Active until the deadline. */
  ACTIVE: 3,
  /** Inactive until the deadline. */
  INACTIVE: 4,
  /** The value continues from `argument` bytes on. */
  AMEND: 5,
  /** Nothing is appended to the value any more. */
  END: 6,
  /** Deleted, or given up. */
  DELETE: 7,
  /** All sessions are deleted. */
  CLEAR: 8,
  /** The process has started: no connection of before is there. The active are inactive until the deadline. */
  START: 9,
  /**
   * All records of this file up to the one with sequence `argument` are safe from a power cut, and so are all
   * files before it.
   */
  SYNCED: 10,
  /** The last of a log: what follows is in that of generation `argument`. */
  CONTINUED: 11,
  /** The last of a snapshot, which has `argument` sessions. */
  SNAPSHOT_END: 12,
  /**
   * All sessions are deleted that have expired at `argument`, but for those that had expired at the time that
   * `value` has in decimal, if there is one.
   */
  EXPIRED: 13,
} as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

const KINDS = new Set<number>(Object.values(RecordKind));

export interface JournalRecord {
  readonly kind: RecordKind;
  /** Of the id, over all shards; 0 for a record of no session. */
  readonly slot: number;
  /** An absolute deadline in Unix ms, or what the kind says. */
  readonly argument: number;
  /** Empty for a record of no session. */
  readonly id: string;
  /** A string of one-byte characters. */
  readonly value: string;
}

/**
 * The body of a frame:
 *
 *   0  kind         8 bits
 *   1  two-byte     8 bits, 1 if the id has characters beyond Latin-1
 *   2  slot        16 bits
 *   4  id bytes    16 bits
 *   6  zero        16 bits
 *   8  argument    double
 *  16  id, value
 */
export const BODY_HEADER_BYTES = 16;

const TWO_BYTE = 1;
const SLOT = 2;
const ID_BYTES = 4;
const ZERO = 6;
const ARGUMENT = 8;

/** The most bytes of a body with such an id and value. */
export function bodyBytesMax(id: string, value: string): number {
  return BODY_HEADER_BYTES + id.length * 2 + value.length;
}

/** Writes a body at `at`, where there is room for it; gives where it ends. */
export function writeBody(
  bytes: Buffer,
  at: number,
  kind: RecordKind,
  slot: number,
  argument: number,
  id: string,
  value: string,
): number {
  const idAt = at + BODY_HEADER_BYTES;
  const twoByte = !writeOneByte(bytes, idAt, id);
  const idBytes = twoByte ? bytes.write(id, idAt, 'utf16le') : id.length;
  bytes[at] = kind;
  bytes[at + TWO_BYTE] = twoByte ? 1 : 0;
  bytes.writeUInt16LE(slot, at + SLOT);
  bytes.writeUInt16LE(idBytes, at + ID_BYTES);
  bytes.writeUInt16LE(0, at + ZERO);
  bytes.writeDoubleLE(argument, at + ARGUMENT);
  const valueAt = idAt + idBytes;
  if (value === '') return valueAt;
  const end = valueAt + value.length;
  assert(end <= bytes.length, 'there is room for the value');
  (bytes as OneByteBuffer).latin1Write(value, valueAt, value.length);
  return end;
}

/** `undefined` for bytes that are no body. */
export function readBody(bytes: Buffer, start: number, end: number): JournalRecord | undefined {
  if (end - start < BODY_HEADER_BYTES) return undefined;
  const kind = bytes[start] as number;
  const twoByte = bytes[start + TWO_BYTE] as number;
  const idBytes = bytes.readUInt16LE(start + ID_BYTES);
  const idAt = start + BODY_HEADER_BYTES;
  const valueAt = idAt + idBytes;
  if (!KINDS.has(kind) || twoByte > 1 || valueAt > end) return undefined;
  const oneByte = bytes as OneByteBuffer;
  return {
    kind: kind as RecordKind,
    slot: bytes.readUInt16LE(start + SLOT),
    argument: bytes.readDoubleLE(start + ARGUMENT),
    id:
      twoByte === 1 ? bytes.toString('utf16le', idAt, valueAt) : oneByte.latin1Slice(idAt, valueAt),
    value: oneByte.latin1Slice(valueAt, end),
  };
}

/** False if the id has characters beyond Latin-1. So short a text is written quicker here than by a Buffer. */
function writeOneByte(bytes: Buffer, at: number, id: string): boolean {
  let codes = 0;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    codes |= code;
    bytes[at + i] = code;
  }
  return codes <= 0xff;
}
