import { crc32 } from 'node:zlib';

/** Up to here a loop takes half the time of a call of zlib; for large values zlib is ten times as quick. */
const SHORT_BYTES = 80;

const POLYNOMIAL = 0xedb88320;
/** What a byte does to a checksum, then what it does with one, two and three zeros behind it. */
const TABLE = createTable();

/** CRC32 of the bytes from `start` to `end`, as zlib has it, going on from `before`. */
export function checksumOf(bytes: Buffer, start: number, end: number, before: number): number {
  return end - start > SHORT_BYTES
    ? crc32(bytes.subarray(start, end), before)
    : shortChecksum(bytes, start, end, before);
}

/** Four bytes at a time. */
function shortChecksum(bytes: Buffer, start: number, end: number, before: number): number {
  let sum = ~before;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    sum ^= byteAt(bytes, at);
    sum ^= byteAt(bytes, at + 1) << 8;
    sum ^= byteAt(bytes, at + 2) << 16;
    sum ^= byteAt(bytes, at + 3) << 24;
    sum =
      effectOf(768 + (sum & 0xff)) ^
      effectOf(512 + ((sum >>> 8) & 0xff)) ^
      effectOf(256 + ((sum >>> 16) & 0xff)) ^
      effectOf(sum >>> 24);
  }
  for (; at < end; at++) sum = effectOf((sum ^ byteAt(bytes, at)) & 0xff) ^ (sum >>> 8);
  return ~sum >>> 0;
}

function createTable(): Int32Array {
  const table = new Int32Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? POLYNOMIAL ^ (sum >>> 1) : sum >>> 1;
    table[byte] = sum;
  }
  for (let at = 256; at < table.length; at++) {
    const sum = table[at - 256] as number;
    table[at] = (table[sum & 0xff] as number) ^ (sum >>> 8);
  }
  return table;
}

/** `at` is within the bytes wherever this is called. */
function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] as number;
}

/** `at` is within the table wherever this is called. */
function effectOf(at: number): number {
  return TABLE[at] as number;
}
