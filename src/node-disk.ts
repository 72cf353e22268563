import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import type { DirectoryDisk, DiskFile, Done } from './disk.js';
import { performDiskTask, type RunDiskTask } from './disk-task.js';
import { messageOf } from './errors.js';
import { openFile } from './node-file.js';

/** Sessions are nobody else's business. */
const DIRECTORY_MODE = 0o700;
/** What file systems without hard links say. */
const NO_LINKS = new Set<unknown>(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);
/** What says that directories cannot be synced here, and not that it has failed. */
const REFUSALS = new Set<unknown>(['EPERM', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

export interface NodeDiskOptions {
  /** Performs what is not waited for. */
  readonly runLater: RunDiskTask;
  /**
   * Told once, if directories cannot be synced here: see {@link unsyncedNames}. Only the server's thread needs it, as it
   * syncs the journal's directory before the shards sync what is in it.
   */
  readonly onUnsyncedNames?: (error: Error) => void;
}

/** Gives a file one more name. False where the file system has no hard links. Throws what `node:fs` throws. */
export function tryToLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (NO_LINKS.has((error as { code?: unknown }).code)) return false;
    throw error;
  }
}

/** The machine's own file system. */
export class NodeDisk implements DirectoryDisk {
  readonly #options: NodeDiskOptions;
  #isTold = false;

  constructor(options: NodeDiskOptions) {
    this.#options = options;
  }

  makeDirectory(path: string): void {
    mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
  }

  list(directory: string): string[] {
    return readdirSync(directory);
  }

  exists(path: string): boolean {
    return existsSync(path);
  }

  create(path: string): DiskFile {
    return openFile(path, true, this.#options.runLater);
  }

  open(path: string): DiskFile {
    return openFile(path, false, this.#options.runLater);
  }

  rename(from: string, to: string): void {
    renameSync(from, to);
  }

  link(from: string, to: string): void {
    if (!tryToLink(from, to)) this.copy(from, to);
  }

  /** A file system that can share the blocks of two files does. */
  copy(from: string, to: string): void {
    copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }

  realPath(path: string): string {
    return realpathSync(path);
  }

  remove(path: string): void {
    rmSync(path, { recursive: true, force: true });
  }

  removeLater(path: string, done: Done): void {
    this.#options.runLater({ kind: 'remove', path }, done);
  }

  syncDirectory(path: string): void {
    try {
      performDiskTask({ kind: 'syncDirectory', path });
    } catch (error) {
      if (!this.#isRefusal(error)) throw error;
    }
  }

  syncDirectoryLater(path: string, done: Done): void {
    this.#options.runLater({ kind: 'syncDirectory', path }, (error) =>
      done(this.#isRefusal(error) ? undefined : error),
    );
  }

  #isRefusal(error: unknown): boolean {
    if (!isSyncRefusal(error)) return false;
    if (!this.#isTold) this.#options.onUnsyncedNames?.(error);
    this.#isTold = true;
    return true;
  }
}

/** Windows, shared folders and some others refuse it, and Node's permission model does; opening must have worked. */
function isSyncRefusal(error: unknown): error is Error {
  const { code, syscall, permission } = Object(error) as Record<string, unknown>;
  if (code === 'ERR_ACCESS_DENIED') return permission === undefined || permission === '';
  return syscall === 'fsync' && REFUSALS.has(code);
}

/** What to tell people of a disk on which directories cannot be synced. */
export function unsyncedNames(directory: string, error: Error): string {
  return (
    `journal in ${directory}: directories cannot be synced here (${messageOf(error)}). Sessions survive an end of the ` +
    'process all the same. A power cut may undo that files were made, renamed or removed shortly before it: then the ' +
    'journal lacks its newest changes, or is refused as damaged'
  );
}
