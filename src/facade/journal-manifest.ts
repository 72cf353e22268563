import { Buffer } from 'node:buffer';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Disk, DiskFile } from '../disk.js';
import { SessionStorageError } from '../errors.js';
import { manifestPath } from '../shard/journal/lock-files.js';
import { keyIdOf } from '../shard/journal/seal.js';
import { SEED_BYTES, SLOT_COUNT } from '../slots.js';

const UNFINISHED = 'manifest.json.tmp';
/** The newest that this version knows. */
const FORMAT = 1;
/** Far more than one has. */
const BYTES_MAX = 4_096;
const SEED = new RegExp(`^[0-9a-f]{${2 * SEED_BYTES}}$`);
const EPOCH_NAME = /^epoch-([1-9]\d*)$/;
const UNKNOWN_EPOCHS = 2 ** 32;
const KEY_ID = /^[0-9a-f]+$/;

/** What the files of a journal cannot be read without. */
export interface JournalManifest {
  /** Among which the records are divided. */
  readonly shards: number;
  /** Of the hash that leads from a session id to its slot. */
  readonly seed: Uint8Array;
  /** Counts from 1. The records are in the directory of this name: see {@link epochName}. */
  readonly epoch: number;
  /** Of the key that the records are encrypted with, `null` if they are not. */
  readonly keyId: string | null;
}

export function epochName(epoch: number): string {
  return `epoch-${epoch}`;
}

/** The epoch of a directory with such a name, 0 for another name. */
export function epochOf(name: string): number {
  return Number(EPOCH_NAME.exec(name)?.[1] ?? 0);
}

/**
 * An epoch of which no holder of the lock before this one knows, whatever it was about to do when it was stopped: one that
 * moves the records to other shards writes to the next epoch.
 */
export function unknownEpoch(epoch: number): number {
  return epoch + 2 + randomInt(UNKNOWN_EPOCHS);
}

/**
 * `undefined` if there is none. Throws `ERR_JOURNAL_FORMAT` if a newer version has written it, `ERR_JOURNAL_CORRUPT`
 * if it is no manifest, and what the disk throws.
 */
export function readManifest(disk: Disk, directory: string): JournalManifest | undefined {
  const path = manifestPath(directory);
  let file: DiskFile;
  try {
    file = disk.open(path);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
  return parseManifest(path, readText(file));
}

/**
 * Afterwards, and after a power cut at any moment, the old or the new manifest is there. It is written in
 * `draftDirectory` first, which is the lock holder's own, so that nobody writes a manifest any more from whom
 * the lock was taken over. Throws what the disk throws.
 */
export function writeManifest(
  disk: Disk,
  directory: string,
  manifest: JournalManifest,
  draftDirectory: string,
): void {
  const unfinished = join(draftDirectory, UNFINISHED);
  disk.remove(unfinished);
  writeText(disk.create(unfinished), formatManifest(manifest));
  disk.rename(unfinished, manifestPath(directory));
  disk.syncDirectory(directory);
}

/** Throws `ERR_JOURNAL_KEY` if the journal cannot be read with this key, or without one. */
export function assertKey(
  directory: string,
  { keyId }: Pick<JournalManifest, 'keyId'>,
  encryptionKey: Uint8Array | undefined,
): void {
  const given = keyIdFor(encryptionKey);
  if (given === keyId) return;
  const expected = keyId === null ? 'none, as it is not encrypted' : 'the key it is encrypted with';
  const got = given === null ? 'none' : keyId === null ? 'one' : 'another one';
  throw new SessionStorageError(
    'ERR_JOURNAL_KEY',
    `${directory}: expected ${expected}, got ${got}`,
  );
}

export function keyIdFor(encryptionKey: Uint8Array | undefined): string | null {
  return encryptionKey === undefined ? null : keyIdOf(encryptionKey);
}

function formatManifest({ shards, seed, epoch, keyId }: JournalManifest): string {
  const value = { format: FORMAT, shards, seed: Buffer.from(seed).toString('hex'), epoch, keyId };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function parseManifest(path: string, text: string): JournalManifest {
  const { format, shards, seed, epoch, keyId } = parseObject(path, text);
  if (!isWhole(format, Number.MAX_SAFE_INTEGER)) throw corrupt(path, 'a format');
  if (format > FORMAT) {
    throw new SessionStorageError(
      'ERR_JOURNAL_FORMAT',
      `${path}: expected format ${FORMAT} or older, got format ${format}`,
    );
  }
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

function parseObject(path: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw corrupt(path, 'JSON', error);
  }
  throw corrupt(path, 'an object');
}

function isWhole(value: unknown, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max;
}

function corrupt(path: string, expected: string, cause?: unknown): SessionStorageError {
  const detail = `${path}: expected a manifest with ${expected}, got what is none`;
  return new SessionStorageError('ERR_JOURNAL_CORRUPT', detail, { cause });
}

/** What is longer than a manifest is cut, and then none. */
function readText(file: DiskFile): string {
  const bytes = Buffer.alloc(BYTES_MAX);
  let length = 0;
  try {
    for (let read = -1; read !== 0 && length < BYTES_MAX; length += read) {
      read = file.read(bytes, length, BYTES_MAX - length, length);
    }
  } finally {
    file.close();
  }
  return bytes.toString('utf8', 0, length);
}

function writeText(file: DiskFile, text: string): void {
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length; ) {
      const written = file.write(bytes, at, bytes.length - at, at);
      if (written === 0) throw new Error('expected the disk to take some bytes, got none taken');
      at += written;
    }
    file.sync();
  } finally {
    file.close();
  }
}
