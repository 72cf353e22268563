import {
  close,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rm,
  rmSync,
  writeSync,
} from 'node:fs';
import type { DirectoryDisk, DiskFile, Done } from './disk.js';

/** Sessions are nobody else's business. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
/** What file systems without hard links say. */
const NO_LINKS = new Set<unknown>(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

class NodeFile implements DiskFile {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  size(): number {
    return fstatSync(this.#descriptor).size;
  }

  identity(): bigint {
    return fstatSync(this.#descriptor, { bigint: true }).ino;
  }

  read(bytes: Uint8Array, offset: number, length: number, position: number): number {
    return readSync(this.#descriptor, bytes, offset, length, position);
  }

  write(bytes: Uint8Array, offset: number, length: number, position: number): number {
    return writeSync(this.#descriptor, bytes, offset, length, position);
  }

  truncate(size: number): void {
    ftruncateSync(this.#descriptor, size);
  }

  sync(): void {
    fdatasyncSync(this.#descriptor);
  }

  syncLater(done: Done): void {
    fdatasync(this.#descriptor, (error) => done(error ?? undefined));
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** A file system that can share the blocks of two files does. */
function copy(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
}

/** The machine's own file system. */
export const nodeDisk: DirectoryDisk = {
  makeDirectory: (path) => {
    mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
  },
  list: (directory) => readdirSync(directory),
  exists: (path) => existsSync(path),
  create: (path) => new NodeFile(openSync(path, 'wx+', FILE_MODE)),
  open: (path) => new NodeFile(openSync(path, 'r+')),
  rename: (from, to) => renameSync(from, to),
  link: (from, to) => {
    try {
      linkSync(from, to);
    } catch (error) {
      if (!NO_LINKS.has((error as { code?: unknown }).code)) throw error;
      copy(from, to);
    }
  },
  copy,
  realPath: (path) => realpathSync(path),
  remove: (path) => rmSync(path, { recursive: true, force: true }),
  removeLater: (path, done) => {
    rm(path, { recursive: true, force: true }, (error) => done(error ?? undefined));
  },
  syncDirectoryLater: (path, done) => {
    open(path, 'r', (openError, descriptor) => {
      if (openError !== null) return done(openError);
      fsync(descriptor, (syncError) => {
        close(descriptor, (closeError) => done(syncError ?? closeError ?? undefined));
      });
    });
  },
  syncDirectory: (path) => {
    const descriptor = openSync(path, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
};
