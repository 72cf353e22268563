import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import type { Disk, DiskFile } from '../disk.js';
import { SessionStorageError } from '../errors.js';
import { manifestPath } from '../shard/journal/lock-files.js';
import { keyIdOf } from '../shard/journal/seal.js';
import { formatManifest, type JournalManifest, parseManifest } from './manifest-text.js';

const UNFINISHED = 'manifest.json.tmp';
/** Far more than one has, which has a number for each of 1,024 shards. */
const BYTES_MAX = 32_768;

/**
 * `undefined` if there is none. Throws `ERR_JOURNAL_FORMAT` if a newer version has written it, `ERR_JOURNAL_CORRUPT`
 * if it is not as it was written, and what the disk throws.
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

/** What is longer than a manifest is cut, and then none. */
export function readText(file: DiskFile): string {
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

export function writeText(file: DiskFile, text: string): void {
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
