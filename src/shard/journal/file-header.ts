import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { FrameFormat } from './frame.js';
import { createLinkSeal, createSeal } from './seal.js';

/**
 * The first bytes of a file, twice, as without the salt nothing of it can be read:
 *
 *   0  magic            8 bytes
 *   8  kind             8 bits
 *   9  flags            8 bits
 *  10  shard           16 bits
 *  12  generation      32 bits
 *  16  identity        64 bits, 0 if not known, and in files of older versions
 *  24  salt            16 bytes
 *  40  boot id         16 bytes, zeros if not known
 *  56  file set        32 bits, 0 in files of older versions
 *  60  checksum        32 bits, CRC32 of all before it
 */
const COPY_BYTES = 64;
export const FILE_HEADER_BYTES = 2 * COPY_BYTES;

const MAGIC = Buffer.from('JSTPJRN1', 'latin1');
const KIND = 8;
const FLAGS = 9;
const SHARD = 10;
const GENERATION = 12;
const IDENTITY = 16;
const SALT = 24;
const BOOT_ID = 40;
const FILE_SET = 56;
const CHECKSUM = 60;
const SALT_BYTES = 16;

const FIRST = 1;
const AFTER_GAP = 2;
const REPAIRED = 4;
export const BOOT_ID_BYTES = 16;
/** Of the key of an encrypted file; all of it in files of older versions. */
const FILE_PURPOSE = 'jstp journal file';

export const FileKind = { LOG: 1, SNAPSHOT: 2 } as const;
export type FileKind = (typeof FileKind)[keyof typeof FileKind];

export interface FileHeader {
  readonly kind: FileKind;
  readonly shard: number;
  /** A snapshot is what was stored before the log of the same generation. */
  readonly generation: number;
  /** Of a log: there was nothing before it. */
  readonly isFirst: boolean;
  /** Of a log: what came before it is missing. It is of use only behind the snapshot of its generation. */
  readonly isAfterGap: boolean;
  /** `DiskFile.identity` of the file when it was made: a copy has another one. */
  readonly identity: bigint;
  /** See `FileSet.id`; 0 in files of older versions. */
  readonly fileSetId: number;
  /** Of a snapshot: a repair has made it. The files before it are damaged, and are kept under another name. */
  readonly isRepaired?: boolean;
  /** Of the machine's start during which it was written. */
  readonly bootId: Buffer;
  readonly salt: Buffer;
}

export function createSalt(): Buffer {
  return randomBytes(SALT_BYTES);
}

export function writeFileHeader(header: FileHeader): Buffer {
  const bytes = Buffer.alloc(COPY_BYTES);
  MAGIC.copy(bytes);
  bytes[KIND] = header.kind;
  bytes[FLAGS] = flagsOf(header);
  bytes.writeUInt16LE(header.shard, SHARD);
  bytes.writeUInt32LE(header.generation, GENERATION);
  bytes.writeBigUInt64LE(header.identity, IDENTITY);
  header.salt.copy(bytes, SALT);
  header.bootId.copy(bytes, BOOT_ID);
  bytes.writeUInt32LE(header.fileSetId, FILE_SET);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CHECKSUM)), CHECKSUM);
  return Buffer.concat([bytes, bytes]);
}

/** `undefined` if neither copy is whole. */
export function readFileHeader(bytes: Buffer): FileHeader | undefined {
  return readCopy(bytes.subarray(0, COPY_BYTES)) ?? readCopy(bytes.subarray(COPY_BYTES));
}

function readCopy(bytes: Buffer): FileHeader | undefined {
  if (bytes.length < COPY_BYTES) return undefined;
  if (MAGIC.compare(bytes, 0, MAGIC.length) !== 0) return undefined;
  if (crc32(bytes.subarray(0, CHECKSUM)) !== bytes.readUInt32LE(CHECKSUM)) return undefined;
  const kind = bytes[KIND];
  if (kind !== FileKind.LOG && kind !== FileKind.SNAPSHOT) return undefined;
  const flags = bytes[FLAGS] as number;
  return {
    kind,
    shard: bytes.readUInt16LE(SHARD),
    generation: bytes.readUInt32LE(GENERATION),
    isFirst: (flags & FIRST) !== 0,
    isAfterGap: (flags & AFTER_GAP) !== 0,
    identity: bytes.readBigUInt64LE(IDENTITY),
    fileSetId: bytes.readUInt32LE(FILE_SET),
    isRepaired: (flags & REPAIRED) !== 0,
    bootId: Buffer.from(bytes.subarray(BOOT_ID, BOOT_ID + BOOT_ID_BYTES)),
    salt: Buffer.from(bytes.subarray(SALT, SALT + SALT_BYTES)),
  };
}

/** How the frames of the file are written and read. */
export function formatOf(
  header: Omit<FileHeader, 'identity'>,
  key: Uint8Array | undefined,
): FrameFormat {
  const { salt } = header;
  return {
    checksumStart: crc32(salt),
    seal: key && createSeal(key, salt, purposeOf(header)),
    linkSeal: key && createLinkSeal(key, salt),
  };
}

/**
 * The key of an encrypted file depends on its place, so that nobody without the user's key can put a file in the place
 * of another, also if they write another header.
 */
function purposeOf(header: Omit<FileHeader, 'identity'>): string {
  const { kind, shard, generation, fileSetId } = header;
  const place = [kind, flagsOf(header), shard, generation, fileSetId].join(' ');
  return fileSetId === 0 ? FILE_PURPOSE : `${FILE_PURPOSE} ${place}`;
}

function flagsOf({ isFirst, isAfterGap, isRepaired }: Omit<FileHeader, 'identity'>): number {
  return (
    (isFirst ? FIRST : 0) | (isAfterGap ? AFTER_GAP : 0) | (isRepaired === true ? REPAIRED : 0)
  );
}
