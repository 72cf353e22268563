/** A session's row, and its part of an index that has just grown. */
const ENTRY_BYTES = 46;

/** What a record costs beside id and value: its header, and what rounding up to units takes. */
const RECORD_BYTES = 24;

/** The room that records need for each byte: the log keeps segments to 8/7 of what lives in them. */
const ROOM_PER_BYTE = 1.15;

const BYTES_PER_WORD = 4;

/**
 * The memory that a session takes in the process, rather a little too high than too low. What the value
 * adds to it does not depend on the id.
 */
export function bytesOfSession(idWords: number, valueBytes: number): number {
  const recordBytes = RECORD_BYTES + idWords * BYTES_PER_WORD;
  return (
    ENTRY_BYTES + Math.ceil(ROOM_PER_BYTE * recordBytes) + Math.ceil(ROOM_PER_BYTE * valueBytes)
  );
}
