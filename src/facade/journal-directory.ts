import { dirname, join } from 'node:path';
import type { Clock } from '../clock.js';
import type { DirectoryDisk, Disk } from '../disk.js';
import { SessionStorageError } from '../errors.js';
import { manifestPath } from '../shard/journal/lock-files.js';
import { setAside } from '../shard/journal/shard-files.js';
import { createSeed } from '../slots.js';
import { type DirectoryLock, lockDirectory } from './directory-lock.js';
import {
  assertKey,
  epochName,
  epochOf,
  type JournalManifest,
  keyIdFor,
  readManifest,
  writeManifest,
} from './journal-manifest.js';
import { journalUnavailable } from './journal-unavailable.js';
import type { LockSystem } from './lock-system.js';

/** An empty file in the directory of an epoch that is damaged, and kept when another epoch has taken its place. */
const DAMAGED_MARK = 'damaged';

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
  /** See `DirectoryLockOptions`. */
  readonly onLockError: (error: SessionStorageError) => void;
}

/** A journal that nobody else uses as long as `lock` is held. */
export interface JournalDirectory {
  readonly lock: DirectoryLock;
  readonly manifest: JournalManifest;
  /** Where the files of the shards are. */
  readonly epochDirectory: string;
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
    const epochsBefore = epochNames(options);
    const lock = lockDirectory({ system, clock, directory, onError });
    try {
      return { lock, ...openLocked(options, lock, epochsBefore) };
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
  epochsBefore: readonly string[],
): Omit<JournalDirectory, 'lock'> {
  const { disk, directory, encryptionKey } = options;
  const found = readManifest(disk, directory);
  if (found !== undefined) assertKey(directory, found, encryptionKey);
  const manifest = found ?? createManifest(options, lock);
  const { epoch } = manifest;
  const epochDirectory = join(directory, epochName(epoch));
  disk.makeDirectory(epochDirectory);
  // A manifest that was read may still be lost, and then those that are removed here are needed again.
  disk.syncDirectory(directory);
  for (const name of epochNames(options)) {
    const isOutdated = epochOf(name) < epoch || epochsBefore.includes(name);
    if (!isOutdated || name === epochName(epoch)) continue;
    removeUnlessDamaged(disk, join(directory, name));
  }
  return { manifest, epochDirectory };
}

/** To be called before another epoch takes its place: whenever the process ends behind that, its files are kept. */
export function markDamaged(disk: Disk, epochDirectory: string): void {
  const mark = join(epochDirectory, DAMAGED_MARK);
  if (!disk.exists(mark)) disk.create(mark).close();
  disk.syncDirectory(epochDirectory);
}

function removeUnlessDamaged(disk: Disk, epochDirectory: string): void {
  if (disk.exists(join(epochDirectory, DAMAGED_MARK))) setAside(disk, epochDirectory);
  else disk.remove(epochDirectory);
}

function createManifest(options: JournalDirectoryOptions, lock: DirectoryLock): JournalManifest {
  const { disk, directory, shards, seed, encryptionKey } = options;
  // It is safe before there are any.
  const [records] = epochNames(options);
  if (records !== undefined) {
    const detail = `${manifestPath(directory)}: expected a manifest, as there is ${records}, got none`;
    throw new SessionStorageError('ERR_JOURNAL_CORRUPT', detail);
  }
  const manifest = { shards, seed, epoch: 1, keyId: keyIdFor(encryptionKey) };
  writeManifest(disk, directory, manifest, lock.ownDirectory);
  return manifest;
}

/**
 * Besides that of the manifest, those left over by a move to other shards, or to another epoch, that did not finish
 * or was not tidied up.
 */
function epochNames({ disk, directory }: JournalDirectoryOptions): string[] {
  return disk.list(directory).filter((name) => epochOf(name) > 0);
}

/** A directory that a power cut cannot take away, with all that is in it. */
function makeSafeDirectory(disk: Disk, path: string): void {
  const made: string[] = [];
  for (let at = path; !disk.exists(at) && at !== dirname(at); at = dirname(at)) made.push(at);
  disk.makeDirectory(path);
  for (const each of made) disk.syncDirectory(dirname(each));
}
