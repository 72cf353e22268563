import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import type { DiskFile, Done } from './disk.js';
import { nextTurn, type RunDiskTask } from './disk-task.js';

/** Sessions are nobody else's business. */
const FILE_MODE = 0o600;

/** Opens a file to read and write; `isNew`: makes it, and throws `EEXIST` if there is one. */
export function openFile(path: string, isNew: boolean, runLater: RunDiskTask): DiskFile {
  const flags = constants.O_RDWR | (isNew ? constants.O_CREAT | constants.O_EXCL : 0);
  return hasPermissionModel()
    ? new WriteThroughFile(openSync(path, flags | constants.O_DSYNC, FILE_MODE), runLater)
    : new NodeFile(openSync(path, flags, FILE_MODE), runLater);
}

/** Node's permission model restricts this thread: the server's, and the shards' as they get its flags. */
function hasPermissionModel(): boolean {
  return (process as { permission?: unknown }).permission !== undefined;
}

class NodeFile implements DiskFile {
  protected readonly descriptor: number;
  readonly #runLater: RunDiskTask;

  constructor(descriptor: number, runLater: RunDiskTask) {
    this.descriptor = descriptor;
    this.#runLater = runLater;
  }

  size(): number {
    return fstatSync(this.descriptor).size;
  }

  identity(): bigint {
    return fstatSync(this.descriptor, { bigint: true }).ino;
  }

  read(bytes: Uint8Array, offset: number, length: number, position: number): number {
    return readSync(this.descriptor, bytes, offset, length, position);
  }

  write(bytes: Uint8Array, offset: number, length: number, position: number): number {
    return writeSync(this.descriptor, bytes, offset, length, position);
  }

  truncate(size: number): void {
    ftruncateSync(this.descriptor, size);
  }

  sync(): void {
    fdatasyncSync(this.descriptor);
  }

  syncLater(done: Done): void {
    this.#runLater({ kind: 'sync', descriptor: this.descriptor }, done);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/**
 * Each write returns when it is safe from a power cut. That is slow, but the permission model refuses to sync a
 * descriptor, whatever else is allowed.
 */
class WriteThroughFile extends NodeFile {
  #isTruncated = false;

  override truncate(size: number): void {
    super.truncate(size);
    this.#isTruncated = true;
  }

  override sync(): void {
    if (!this.#isTruncated) return;
    // Any write takes the new size to the disk as well: the first byte is written once more.
    const byte = new Uint8Array(1);
    if (this.read(byte, 0, 1, 0) === 1) this.write(byte, 0, 1, 0);
    this.#isTruncated = false;
  }

  override syncLater(done: Done): void {
    nextTurn(() => this.sync(), done);
  }
}
