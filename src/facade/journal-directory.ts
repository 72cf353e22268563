import { dirname, join } from 'node:path';
import type { Clock } from '../clock.js';
import type { Disk } from '../disk.js';
import { SessionStorageError } from '../errors.js';
import { createSeed } from '../slots.js';
import { type DirectoryLock, lockDirectory } from './directory-lock.js';
import {
  assertKey,
  epochName,
  type JournalManifest,
  keyIdFor,
  manifestPath,
  readManifest,
  writeManifest,
} from './journal-manifest.js';
import { journalUnavailable } from './journal-unavailable.js';
import type { LockSystem } from './lock-system.js';

const EPOCH_NAME = /^epoch-\d+$/;

export interface JournalDirectoryOptions {
  readonly disk: Disk;
  readonly lockSystem: LockSystem;
  readonly clock: Clock;
  readonly directory: string;
  /** Of a journal that is new. */
  readonly shards: number;
  readonly encryptionKey: Uint8Array | undefined;
  /** See `DirectoryLockOptions`. */
  readonly onLockError: (error: SessionStorageError) => void;
}

/** A journal that nobody else uses as long as `lock` is held. */
export interface JournalDirectory {
  readonly lock: DirectoryLock;
  readonly manifest: JournalManifest;
  /** Of the hash that leads from a session id to its slot. */
  readonly seed: Uint8Array;
  /** Where the files of the shards are. */
  readonly epochDirectory: string;
  /** Among which the records there are divided; if these are not the shards of the options, they are to be moved. */
  readonly shardsBefore: number;
}

/**
 * Makes the directory if there is none, and has it for this provider alone. Throws `ERR_JOURNAL_LOCKED`,
 * `ERR_JOURNAL_FORMAT`, `ERR_JOURNAL_CORRUPT`, `ERR_JOURNAL_KEY` and `ERR_JOURNAL_UNAVAILABLE`; then nothing
 * that was stored has changed, and the lock is not held.
 */
export function openJournalDirectory(options: JournalDirectoryOptions): JournalDirectory {
  const { disk, lockSystem: system, clock, directory, onLockError: onError } = options;
  try {
    makeSafeDirectory(disk, directory);
    const lock = lockDirectory({ system, clock, directory, onError });
    try {
      return { lock, ...openLocked(options) };
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw journalUnavailable(directory, error);
  }
}

function openLocked(options: JournalDirectoryOptions): Omit<JournalDirectory, 'lock'> {
  const { disk, directory, encryptionKey } = options;
  const found = readManifest(disk, directory);
  if (found !== undefined) assertKey(directory, found, encryptionKey);
  const manifest = found ?? createManifest(options);
  const { epoch, seed, shards: shardsBefore } = manifest;
  const epochDirectory = join(directory, epochName(epoch));
  disk.makeDirectory(epochDirectory);
  // A manifest that was read may still be lost, and then those that are removed here are needed again.
  disk.syncDirectory(directory);
  for (const name of epochNames(options)) {
    if (name !== epochName(epoch)) disk.remove(join(directory, name));
  }
  return { manifest, seed, epochDirectory, shardsBefore };
}

function createManifest(options: JournalDirectoryOptions): JournalManifest {
  const { disk, directory, shards, encryptionKey } = options;
  // It is safe before there are any.
  const [records] = epochNames(options);
  if (records !== undefined) {
    const detail = `${manifestPath(directory)}: expected a manifest, as there is ${records}, got none`;
    throw new SessionStorageError('ERR_JOURNAL_CORRUPT', detail);
  }
  const manifest = { shards, seed: createSeed(), epoch: 1, keyId: keyIdFor(encryptionKey) };
  writeManifest(disk, directory, manifest);
  return manifest;
}

/** Besides that of the manifest, those left over by a move to other shards that did not finish, or was not tidied up. */
function epochNames({ disk, directory }: JournalDirectoryOptions): string[] {
  return disk.list(directory).filter((name) => EPOCH_NAME.test(name));
}

/** A directory that a power cut cannot take away, with all that is in it. */
function makeSafeDirectory(disk: Disk, path: string): void {
  const made: string[] = [];
  for (let at = path; !disk.exists(at) && at !== dirname(at); at = dirname(at)) made.push(at);
  disk.makeDirectory(path);
  for (const each of made) disk.syncDirectory(dirname(each));
}
