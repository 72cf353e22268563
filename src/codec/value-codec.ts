import { Packr, RESERVE_START_SPACE } from 'msgpackr';
import { deserializeClone, serializeClone } from './clone-codec.js';
import { isPlain } from './plain-value.js';

/**
 * Any value to bytes and back, equal to what `structuredClone` makes of it. Two encodings, told
 * apart by the byte in front: msgpackr for the values that it keeps exactly, which are nearly all,
 * and the structured clone algorithm itself for the rest.
 */
const PACKED = 1;
const CLONED = 2;

const packr = new Packr({
  moreTypes: true,
  useFloat32: 0,
  // Only a getter that gives another value each time gets a function past `isPlain`.
  writeFunction: () => {
    throw new TypeError('a function could not be cloned');
  },
});

/**
 * Bytes of `value`, with `headBytes` (at most 254) in front for the caller to fill. The bytes are
 * valid until the next call. Throws what `structuredClone` throws for a value it refuses, and a
 * TypeError for objects that only live inside one process (a Blob, a SharedArrayBuffer ...).
 */
export function encodeValue(value: unknown, headBytes: number): Buffer {
  if (isPlain(value)) {
    const bytes = packr.pack(value, RESERVE_START_SPACE | (headBytes + 1));
    bytes[headBytes] = PACKED;
    return bytes;
  }
  const payload = serializeClone(value);
  const bytes = Buffer.allocUnsafe(headBytes + 1 + payload.length);
  bytes[headBytes] = CLONED;
  payload.copy(bytes, headBytes + 1);
  return bytes;
}

/** The value in `bytes` from `start` to `end`. It shares no memory with them. */
export function decodeValue(bytes: Buffer, start: number, end: number): unknown {
  const encoding = bytes[start];
  switch (encoding) {
    case PACKED:
      return packr.unpack(bytes, { start: start + 1, end });
    case CLONED:
      return deserializeClone(bytes.subarray(start + 1, end));
    default:
      throw new TypeError(`expected encoding ${PACKED} or ${CLONED}, got ${encoding}`);
  }
}
