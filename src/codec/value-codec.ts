import { crc32 } from 'node:zlib';
import { Packr, RESERVE_START_SPACE, RESET_BUFFER_MODE } from 'msgpackr';
import { describe } from '../errors.js';
import { deserializeClone, serializeClone } from './clone-codec.js';
import { plainCopy } from './plain-copy.js';

/**
 * Any values to bytes and back, equal to what `structuredClone` makes of them. Two encodings, told
 * apart by the byte in front: msgpackr for the values that it keeps exactly, which are nearly all,
 * and the structured clone algorithm itself for the rest.
 */
const PACKED = 1;
const CLONED = 2;
const CHECKSUM_BYTES = 4;

const packr = new Packr({
  moreTypes: true,
  useFloat32: 0,
  // Its records mistake the key `__keys__` for one of their own, from then on in all values, and
  // hold on to every other key they see. Without them its maps are our objects.
  useRecords: false,
  mapsAsObjects: true,
  // Else 65,536 keys are refused.
  variableMapSize: true,
  // The rest is for damaged bytes: no references, which can be nested to endless work, and no views.
  structuredClone: false,
  copyBuffers: true,
});

/**
 * Bytes of `values`, with `headBytes` (at most 254) in front for the caller to fill. The bytes are
 * valid until the next call. Throws what `structuredClone` throws for a value it refuses, and a
 * TypeError for those that {@link serializeClone} refuses.
 */
export function encodeValues(values: readonly unknown[], headBytes: number): Buffer {
  const copy = plainCopy(values);
  if (copy === undefined) return cloneValues(values, headBytes);
  const bytes = packr.pack(copy, RESET_BUFFER_MODE | RESERVE_START_SPACE | (headBytes + 1));
  bytes[headBytes] = PACKED;
  return bytes;
}

/** With a checksum, because V8 takes a damaged length at its word, and makes an array that long. */
function cloneValues(values: readonly unknown[], headBytes: number): Buffer {
  const payload = serializeClone(values);
  const payloadStart = headBytes + 1 + CHECKSUM_BYTES;
  const bytes = Buffer.allocUnsafe(payloadStart + payload.length);
  bytes[headBytes] = CLONED;
  bytes.writeUInt32BE(crc32(payload), headBytes + 1);
  payload.copy(bytes, payloadStart);
  return bytes;
}

/** The values in `bytes` from `start` to `end`. They share no memory with them. */
export function decodeValues(bytes: Buffer, start: number, end: number): unknown[] {
  const values = decodeValue(bytes, start, end);
  if (Array.isArray(values)) return values;
  throw new TypeError(`expected an array, got ${describe(values)}`);
}

function decodeValue(bytes: Buffer, start: number, end: number): unknown {
  const encoding = bytes[start];
  switch (encoding) {
    case PACKED:
      return packr.unpack(bytes, { start: start + 1, end });
    case CLONED:
      return decodeClone(bytes.subarray(start + 1, end));
    default:
      throw new TypeError(`expected encoding ${PACKED} or ${CLONED}, got ${encoding}`);
  }
}

function decodeClone(bytes: Buffer): unknown {
  const payload = bytes.subarray(CHECKSUM_BYTES);
  const expected = bytes.readUInt32BE(0);
  const checksum = crc32(payload);
  if (checksum === expected) return deserializeClone(payload);
  throw new RangeError(`expected checksum ${expected}, got ${checksum}`);
}
