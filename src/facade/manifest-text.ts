import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { SessionStorageError } from '../errors.js';
import { SEED_BYTES, SLOT_COUNT } from '../slots.js';

/** The newest that this version knows. Format 1 has no checksum, no file set and no generations. */
const FORMAT = 2;
const FIRST_FORMAT = 1;
const SEED = new RegExp(`^[0-9a-f]{${2 * SEED_BYTES}}$`);
const KEY_ID = /^[0-9a-f]+$/;
const FILE_SET_ID_MAX = 2 ** 32 - 1;
const GENERATION_MAX = 2 ** 32 - 1;

/**
 * The last line of every format from 2 on, so that a version knows of a newer format, too, whether the text is as it
 * was written: a SHA-256 of all before this line.
 */
const CHECKSUM = /\n {2}"checksum": "([0-9a-f]{64})"\n\}\n$/;

/** What the files of a journal cannot be read without. */
export interface JournalManifest {
  /** Among which the records are divided. */
  readonly shards: number;
  /** Of the hash that leads from a session id to its slot. */
  readonly seed: Uint8Array;
  /** Counts from 1. The records are in the directory of this name: see `epochName`. */
  readonly epoch: number;
  /** Of the key that the records are encrypted with, `null` if they are not. */
  readonly keyId: string | null;
  /**
   * In the header of each file of the epoch, and in that of no other journal's: a random number from 1 to 2^32 - 1.
   * 0: a version that knew no file sets has written the manifest (format 1).
   */
  readonly fileSetId: number;
  /** Files that a version without file sets has written may be among those of the epoch. */
  readonly hasOlderFiles: boolean;
  /** For each shard, a generation that its files have reached; 0: it may have no files yet. */
  readonly generations: readonly number[];
}

/** The text of a manifest, which is the same for equal manifests. */
export function formatManifest(manifest: JournalManifest): string {
  const { shards, seed, epoch, keyId, fileSetId, hasOlderFiles, generations } = manifest;
  const fields = {
    format: FORMAT,
    shards,
    seed: Buffer.from(seed).toString('hex'),
    epoch,
    keyId,
    fileSetId,
    hasOlderFiles,
  };
  const lines = Object.entries({ ...fields, generations }).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`,
  );
  const text = `{\n${lines.join('')}`;
  return `${text}  "checksum": "${checksumOf(text)}"\n}\n`;
}

/** Throws `ERR_JOURNAL_FORMAT` if a newer version has written it, `ERR_JOURNAL_CORRUPT` if it is no manifest. */
export function parseManifest(path: string, text: string): JournalManifest {
  const isChecked = assertChecksum(path, text);
  const fields = parseObject(path, text);
  const { format } = fields;
  if (!isWhole(format, Number.MAX_SAFE_INTEGER)) throw corrupt(path, 'a format');
  if (format > FORMAT) {
    throw new SessionStorageError(
      'ERR_JOURNAL_FORMAT',
      `${path}: expected format ${FORMAT} or older, got format ${format}`,
    );
  }
  // Else a wrong bit could turn a manifest that has a checksum into one that needs none.
  if (isChecked !== format > FIRST_FORMAT) throw corrupt(path, `what format ${format} has`);
  return { ...readFirstFields(path, fields), ...readFileFields(path, format, fields) };
}

/** False: there is none. */
function assertChecksum(path: string, text: string): boolean {
  const found = CHECKSUM.exec(text);
  if (found === null) {
    if (text.includes('checksum')) throw corrupt(path, 'a checksum in its last line');
    return false;
  }
  const [, expected] = found;
  if (checksumOf(text.slice(0, found.index + 1)) !== expected) {
    throw corrupt(path, 'the checksum of its text');
  }
  return true;
}

function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

type Fields = Readonly<Record<string, unknown>>;
type FileFields = 'fileSetId' | 'hasOlderFiles' | 'generations';

function readFirstFields(
  path: string,
  { shards, seed, epoch, keyId }: Fields,
): Omit<JournalManifest, FileFields> {
  if (!isWhole(shards, SLOT_COUNT)) throw corrupt(path, `shards from 1 to ${SLOT_COUNT}`);
  if (!isWhole(epoch, Number.MAX_SAFE_INTEGER)) throw corrupt(path, 'an epoch from 1 on');
  if (typeof seed !== 'string' || !SEED.test(seed)) {
    throw corrupt(path, `a seed of ${SEED_BYTES} bytes`);
  }
  if (keyId !== null && (typeof keyId !== 'string' || !KEY_ID.test(keyId))) {
    throw corrupt(path, 'a keyId or null');
  }
  return { shards, seed: Buffer.from(seed, 'hex'), epoch, keyId };
}

function readFileFields(
  path: string,
  format: number,
  { shards, fileSetId, hasOlderFiles, generations }: Fields,
): Pick<JournalManifest, FileFields> {
  if (format === FIRST_FORMAT) {
    if (fileSetId !== undefined) throw corrupt(path, 'what format 1 has');
    const none = new Array<number>(Number(shards)).fill(0);
    return { fileSetId: 0, hasOlderFiles: true, generations: none };
  }
  if (!isWhole(fileSetId, FILE_SET_ID_MAX)) {
    throw corrupt(path, `a fileSetId from 1 to ${FILE_SET_ID_MAX}`);
  }
  if (typeof hasOlderFiles !== 'boolean') throw corrupt(path, 'hasOlderFiles: true or false');
  if (!isListOfGenerations(generations) || generations.length !== shards) {
    throw corrupt(path, 'generations: one of each shard, from 0 on');
  }
  return { fileSetId, hasOlderFiles, generations };
}

function isListOfGenerations(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => one === 0 || isWhole(one, GENERATION_MAX));
}

function parseObject(path: string, text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Fields;
  } catch (error) {
    throw corrupt(path, 'JSON', error);
  }
  throw corrupt(path, 'an object');
}

function isWhole(value: unknown, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max;
}

function corrupt(path: string, expected: string, cause?: unknown): SessionStorageError {
  const detail = `${path}: expected a manifest with ${expected}, got another text; nothing was changed. Put the manifest of a backup of this directory in its place`;
  return new SessionStorageError('ERR_JOURNAL_CORRUPT', detail, { cause });
}
