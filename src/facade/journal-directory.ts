import { dirname, join } from 'node:path';
import type { Clock } from '../clock.js';
import type { DirectoryDisk, Disk } from '../disk.js';
import { SessionStorageError } from '../errors.js';
import { createFileSetId } from '../shard/journal/file-set.js';
import { manifestPath } from '../shard/journal/lock-files.js';
import { createSeed } from '../slots.js';
import { type DirectoryLock, lockDirectory } from './directory-lock.js';
import {
  type EpochNames,
  epochName,
  findUnproved,
  listEpochs,
  tidyEpochs,
} from './epoch-directories.js';
import { assertKey, keyIdFor, readManifest, writeManifest } from './journal-manifest.js';
import { journalUnavailable } from './journal-unavailable.js';
import type { LockSystem } from './lock-system.js';
import type { JournalManifest } from './manifest-text.js';

export interface JournalDirectoryOptions {
  readonly disk: Disk;
  readonly lockSystem: LockSystem;
  readonly clock: Clock;
  /** See {@link prepareDirectory}. */
  readonly directory: string;
  /** Of a journal that is new. */
  readonly shards: number;
  /** Of a journal that is new. */
  readonly seed: Uint8Array;
  readonly encryptionKey: Uint8Array | undefined;
  /** See `TidyOptions`. */
  readonly repair: boolean;
  /** See `DirectoryLockOptions`. */
  readonly onLockError: (error: SessionStorageError) => void;
}

/** A journal that nobody else uses as long as `lock` is held. */
export interface JournalDirectory {
  readonly lock: DirectoryLock;
  readonly manifest: JournalManifest;
  /** Where the files of the shards are. */
  readonly epochDirectory: string;
  /** What was kept under another name, for people. */
  readonly warnings: readonly string[];
}

/**
 * Makes the directory if there is none, and gives its path without symbolic links: one that is switched later
 * must not lead this provider to the files of another. Throws `ERR_JOURNAL_UNAVAILABLE`.
 */
export function prepareDirectory(disk: DirectoryDisk, directory: string): string {
  try {
    makeSafeDirectory(disk, directory);
    return disk.realPath(directory);
  } catch (error) {
    throw journalUnavailable(directory, error);
  }
}

/** Of the hash that leads from a session id to its slot. A journal keeps its seed. */
export function seedOf({
  disk,
  directory,
  encryptionKey,
}: Pick<JournalDirectoryOptions, 'disk' | 'directory' | 'encryptionKey'>): Uint8Array {
  try {
    const manifest = readManifest(disk, directory);
    if (manifest !== undefined) assertKey(directory, manifest, encryptionKey);
    return manifest?.seed ?? createSeed();
  } catch (error) {
    throw journalUnavailable(directory, error);
  }
}

/**
 * Has the directory for this provider alone. Throws `ERR_JOURNAL_LOCKED`,
 * `ERR_JOURNAL_FORMAT`, `ERR_JOURNAL_CORRUPT`, `ERR_JOURNAL_KEY` and `ERR_JOURNAL_UNAVAILABLE`; then nothing
 * that was stored has changed, and the lock is not held.
 */
export function openJournalDirectory(options: JournalDirectoryOptions): JournalDirectory {
  const { lockSystem: system, clock, directory, onLockError: onError } = options;
  try {
    // Before there can be one of a successor, if this process is stopped later for so long that it has one.
    const before = listEpochs(options.disk, directory);
    const lock = lockDirectory({ system, clock, directory, onError });
    try {
      return { lock, ...openLocked(options, lock, before) };
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw journalUnavailable(directory, error);
  }
}

function openLocked(
  options: JournalDirectoryOptions,
  lock: DirectoryLock,
  before: EpochNames,
): Omit<JournalDirectory, 'lock'> {
  const { disk, directory, encryptionKey } = options;
  const found = readManifest(disk, directory);
  if (found !== undefined) assertKey(directory, found, encryptionKey);
  const read = found ?? createManifest(options, lock);
  const tidying = { ...options, manifest: read, before, mustFence: lock.mustFence };
  const unproved = findUnproved(tidying);
  const epochDirectory = join(directory, epochName(read.epoch));
  disk.makeDirectory(epochDirectory);
  // A manifest that was read may still be lost, and then those that are removed next are needed again.
  disk.syncDirectory(directory);
  const warnings = tidyEpochs(tidying, unproved);
  const manifest = isOlder(read) ? convert(options, lock, read) : read;
  return { manifest, epochDirectory, warnings };
}

function isOlder({ fileSetId }: JournalManifest): boolean {
  return fileSetId === 0;
}

/** Gives a manifest of an older version what this version needs, before the shards write files that depend on it. */
function convert(
  { disk, directory }: JournalDirectoryOptions,
  lock: DirectoryLock,
  older: JournalManifest,
): JournalManifest {
  const manifest = { ...older, fileSetId: createFileSetId() };
  writeManifest(disk, directory, manifest, lock.ownDirectory);
  return manifest;
}

function createManifest(options: JournalDirectoryOptions, lock: DirectoryLock): JournalManifest {
  const { disk, directory, shards, seed, encryptionKey } = options;
  // It is safe before there are any.
  const [records] = listEpochs(disk, directory).epochs;
  if (records !== undefined) {
    const detail = `${manifestPath(directory)}: expected a manifest, as there is ${epochName(records)}, got none; put that of this journal back`;
    throw new SessionStorageError('ERR_JOURNAL_CORRUPT', detail);
  }
  const manifest = {
    shards,
    seed,
    epoch: 1,
    keyId: keyIdFor(encryptionKey),
    fileSetId: createFileSetId(),
    hasOlderFiles: false,
    generations: new Array<number>(shards).fill(0),
  };
  writeManifest(disk, directory, manifest, lock.ownDirectory);
  return manifest;
}

/** A directory that a power cut cannot take away, with all that is in it. */
function makeSafeDirectory(disk: Disk, path: string): void {
  const made: string[] = [];
  for (let at = path; !disk.exists(at) && at !== dirname(at); at = dirname(at)) made.push(at);
  disk.makeDirectory(path);
  for (const each of made) disk.syncDirectory(dirname(each));
}
