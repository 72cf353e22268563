import { FORMAT_VERSION, HEAD_BYTES } from '../../session-stamp.js';

/**
 * What stands under the key of a session for a while after it was deleted: a head like that of a value, with the
 * time of the delete, so that a `set` that was called before it does not bring the session back; then the length 0
 * of a frame, which no value has. To older versions of this package it is a session that cannot be read.
 */
export const TOMBSTONE_BYTES = HEAD_BYTES + 4;

/** How long. A `set` that is delayed for longer than that brings a session back. */
export const TOMBSTONE_MS = 60_000;

/** What ends the head of a tombstone, and that of no value. */
const WRITER_AND_COUNT = 0xffff;

/** As a string of one-byte characters. `deletedMs`: Unix ms of the machine's clock. */
export function tombstoneOf(deletedMs: number): string {
  const bytes = Buffer.alloc(TOMBSTONE_BYTES);
  bytes[0] = FORMAT_VERSION;
  bytes.writeUIntBE(deletedMs, 1, 6);
  bytes.writeUInt16BE(WRITER_AND_COUNT, 7);
  return bytes.toString('latin1');
}
