import { checksumOf } from './checksum.js';
import { BODY_HEADER_BYTES } from './journal-record.js';
import type { Seal } from './seal.js';

/**
 * Around each record: what tells that it is one, that it is whole, and that it is in its place.
 *
 *   0  length      32 bits, of all
 *   4  checksum    32 bits, CRC32 of what follows it
 *   8  mark        16 bits: that of a record, or of a link
 *  10  sequence    48 bits, one more than that of the frame before
 *  16  body
 *
 * The checksum starts from one of the file's salt. So a frame of another file, whose disk blocks were used
 * again, is not taken for one of this; and nobody who chooses what is in a session can make
 * one, as they do not know the salt.
 *
 * A link is what a start writes behind the last record of an encrypted log that another process has left. A record may
 * have been there, torn, with the same sequence: so a link is sealed with a key of its own, and the file's key is never used
 * twice with one nonce. Its body begins with the salt of that key.
 */
export const FRAME_HEADER_BYTES = 16;
const CHECKSUM = 4;
const CHECKED = 8;
const SEQUENCE = 10;
const SEQUENCE_BYTES = 6;
const MARK = 0x4a53;
const LINK_MARK = 0x4a4c;

/** Where the salt of a link is. */
export const LINK_SALT_START = FRAME_HEADER_BYTES;

/** Of each file. */
export const FIRST_SEQUENCE = 1;

export const FRAME_BYTES_MIN = FRAME_HEADER_BYTES + BODY_HEADER_BYTES;
/** Beyond the largest session with the longest id, sealed. */
export const FRAME_BYTES_MAX = 2 ** 30;

/** What the frames of one file have in common. */
export interface FrameFormat {
  /** Where the checksums start from. */
  readonly checksumStart: number;
  readonly seal: Seal | undefined;
  /** Of links. */
  readonly linkSeal?: Seal | undefined;
  /** Frames are to be written as links. */
  readonly isLink?: boolean;
}

/** The format of a link; of a record, where nothing is encrypted. */
export function linkFormat(format: FrameFormat): FrameFormat {
  const { linkSeal } = format;
  return linkSeal === undefined ? format : { ...format, seal: linkSeal, isLink: true };
}

/**
 * Completes the frame from `start` on, whose body ends at `bodyEnd`, with room behind it for a seal; gives
 * where it ends.
 */
export function completeFrame(
  bytes: Buffer,
  start: number,
  bodyEnd: number,
  sequence: number,
  { checksumStart, seal, isLink }: FrameFormat,
): number {
  const bodyStart = start + FRAME_HEADER_BYTES;
  const end = seal === undefined ? bodyEnd : seal.close(bytes, bodyStart, bodyEnd, sequence);
  bytes.writeUInt32LE(end - start, start);
  bytes.writeUInt16LE(isLink === true ? LINK_MARK : MARK, start + CHECKED);
  bytes.writeUIntLE(sequence, start + SEQUENCE, SEQUENCE_BYTES);
  const checksum = checksumOf(bytes, start + CHECKED, end, checksumStart);
  bytes.writeUInt32LE(checksum, start + CHECKSUM);
  return end;
}

/** The length that a frame at `start` says it has; 0 if no frame is there. */
export function lengthAt(bytes: Buffer, start: number): number {
  const mark = bytes.readUInt16LE(start + CHECKED);
  if (mark !== MARK && mark !== LINK_MARK) return 0;
  const length = bytes.readUInt32LE(start);
  return length >= FRAME_BYTES_MIN && length <= FRAME_BYTES_MAX ? length : 0;
}

export function isLinkAt(bytes: Buffer, start: number): boolean {
  return bytes.readUInt16LE(start + CHECKED) === LINK_MARK;
}

export function sequenceAt(bytes: Buffer, start: number): number {
  return bytes.readUIntLE(start + SEQUENCE, SEQUENCE_BYTES);
}

/** Whether the bytes are the frame that they say they are. */
export function isWhole(bytes: Buffer, start: number, end: number, format: FrameFormat): boolean {
  const expected = bytes.readUInt32LE(start + CHECKSUM);
  return checksumOf(bytes, start + CHECKED, end, format.checksumStart) === expected;
}

/** Where its body ends, which is now readable; `undefined` if it was sealed by others. */
export function openBody(
  bytes: Buffer,
  start: number,
  end: number,
  { seal, linkSeal }: FrameFormat,
): number | undefined {
  const isLink = isLinkAt(bytes, start);
  const used = isLink ? linkSeal : seal;
  if (used === undefined) return isLink ? undefined : end;
  return used.open(bytes, start + FRAME_HEADER_BYTES, end, sequenceAt(bytes, start));
}
