/**
 * What a session costs beside the strings of its id and value: its share of the Map and of the
 * columns. Measured, like all sizes here; see `docs/decisions.md`.
 */
const ENTRY_BYTES = 104;

/** What a string costs beside its characters, padding included. */
const STRING_BYTES = 20;

/** What an addition costs beside its characters until the value is put together. */
const ADDITION_BYTES = 80;

/** The room that V8 needs for each byte: garbage that is not collected yet, gaps between objects. */
const ROOM_PER_BYTE = 1.2;

/** V8 keeps objects of up to half a page together in pages, without the gaps at their ends. */
const PAGE_BYTES = 2 ** 18;
const PAGE_BYTES_USABLE = PAGE_BYTES - 5_120;
const BYTES_IN_PAGE_MAX = PAGE_BYTES / 2;
/** Below it the gap at the end of a page is small. */
const SMALL_BYTES_MAX = 2 ** 14;
/** Larger objects have pages of their own, which end with a page of the operating system. */
const LARGE_BYTES = 4_096;

/** A character above these makes V8 keep the whole string in two bytes for each. */
const TWO_BYTE_CHARACTER = /[^\0-\xff]/;

/** The memory that a session takes in the process, rather a little too high than too low. */
export function bytesOfSession(id: string, value: string): number {
  const idBytes = TWO_BYTE_CHARACTER.test(id) ? 2 * id.length : id.length;
  return bytesOfEntry(idBytes) + bytesOfValue(value.length);
}

/** What an addition to a value of `valueLength` characters takes; never less than when put together. */
export function bytesOfAddition(valueLength: number, addition: string): number {
  const more = bytesOfValue(valueLength + addition.length) - bytesOfValue(valueLength);
  return Math.ceil(ROOM_PER_BYTE * ADDITION_BYTES) + Math.max(addition.length, more);
}

function bytesOfEntry(idBytes: number): number {
  return Math.ceil(ROOM_PER_BYTE * (ENTRY_BYTES + STRING_BYTES + idBytes));
}

/** Values have characters of one byte only. */
function bytesOfValue(length: number): number {
  return Math.ceil(ROOM_PER_BYTE * bytesOnHeap(STRING_BYTES + length));
}

/** An object of `bytes` and the part that is its share of a gap where nothing fits. */
function bytesOnHeap(bytes: number): number {
  if (bytes <= SMALL_BYTES_MAX) return bytes;
  if (bytes > BYTES_IN_PAGE_MAX) return bytes + LARGE_BYTES;
  return PAGE_BYTES / Math.floor(PAGE_BYTES_USABLE / bytes);
}
