import { crc32 } from 'node:zlib';
import { describeType } from '../errors.js';
import { deserializeClone, serializeClone } from './clone-codec.js';
import { ReservedMemory } from './reserved-memory.js';
import { ValueReader } from './value-reader.js';
import { ValueList, type ValueSource } from './value-source.js';
import { ValueWriter } from './value-writer.js';

/**
 * Any values to bytes and back, equal to what `structuredClone` makes of them. Two encodings, told
 * apart by the byte in front: our own for plain values, which are nearly all, and the structured
 * clone algorithm itself for the rest.
 */
const PLAIN = 1;
const CLONED = 2;
const CHECKSUM_BYTES = 4;

/** Bytes up to `length`; what is behind them does not count. */
export interface Encoded {
  readonly bytes: Buffer;
  readonly length: number;
}

// Away while it writes: a getter may encode another value meanwhile.
let idleWriter: ValueWriter | undefined;

/**
 * Bytes of `values`, with `headBytes` in front for the caller to fill. They are valid until the next
 * call. Throws what `structuredClone` throws for a value it refuses, and a TypeError for those that
 * {@link serializeClone} refuses.
 */
export function encodeValues(values: readonly unknown[], headBytes: number): Encoded {
  const writer = idleWriter ?? new ValueWriter();
  idleWriter = undefined;
  try {
    if (!writer.write(values, headBytes + 1)) return cloneValues(values, headBytes);
  } finally {
    idleWriter = writer;
  }
  writer.bytes[headBytes] = PLAIN;
  return writer;
}

/** With a checksum, as a clone that is damaged may still be one of other values. */
function cloneValues(values: readonly unknown[], headBytes: number): Encoded {
  // A list that V8 knows to have no holes, because none was made in advance: it is written faster.
  const packed: unknown[] = [];
  for (const value of values) packed.push(value);
  const payload = serializeClone(packed);
  const payloadStart = headBytes + 1 + CHECKSUM_BYTES;
  const bytes = Buffer.allocUnsafe(payloadStart + payload.length);
  bytes[headBytes] = CLONED;
  bytes.writeUInt32BE(crc32(payload), headBytes + 1);
  payload.copy(bytes, payloadStart);
  return { bytes, length: bytes.length };
}

/**
 * The values in `stored`, a string of one-byte characters, from `start` to `end`. `reserved`: that of all values of
 * one session.
 */
export function decodeValues(
  stored: string,
  start: number,
  end: number,
  reserved = new ReservedMemory(),
): ValueSource {
  const encoding = stored.charCodeAt(start);
  switch (encoding) {
    case PLAIN:
      return new ValueReader(stored, start + 1, end);
    case CLONED:
      return new ValueList(
        decodeClone(Buffer.from(stored.substring(start + 1, end), 'latin1'), reserved),
      );
    default:
      throw new TypeError(`expected encoding ${PLAIN} or ${CLONED}, got ${encoding}`);
  }
}

function decodeClone(bytes: Buffer, reserved: ReservedMemory): unknown[] {
  const payload = bytes.subarray(CHECKSUM_BYTES);
  const expected = bytes.readUInt32BE(0);
  const checksum = crc32(payload);
  if (checksum !== expected) {
    throw new RangeError(`expected checksum ${expected}, got ${checksum}`);
  }
  const values = deserializeClone(payload, reserved);
  if (Array.isArray(values)) return values;
  throw new TypeError(`expected an array, got ${describeType(values)}`);
}
