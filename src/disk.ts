/** Called once, later, when something is done or has failed. */
export type Done = (error: Error | undefined) => void;

/** A file. Whatever fails throws what `node:fs` throws, with its `code`. */
export interface DiskFile {
  /** Bytes in the file. */
  size(): number;
  /** Tells the file from a copy of it, which has another one; 0 if the system does not say. */
  identity(): bigint;
  /** Reads up to `length` bytes from `position` on; gives how many there were, 0 at the end. */
  read(bytes: Uint8Array, offset: number, length: number, position: number): number;
  /** Writes some bytes; gives how many, which may be less than `length`. */
  write(bytes: Uint8Array, offset: number, length: number, position: number): number;
  truncate(size: number): void;
  /** Returns when what was written cannot be lost to a power cut any more. */
  sync(): void;
  /** The same without waiting: calls back once, later. What is written meanwhile may be in or not. */
  syncLater(done: Done): void;
  /** No sync may be under way. */
  close(): void;
}

/**
 * All that this package knows of disks. Tests put a twin in its place, which loses, tears and refuses
 * writes. Paths are those of `node:fs`; a name created, renamed or removed is safe from a power cut
 * once its directory is synced.
 */
export interface Disk {
  /** Makes the directory and those above it, for its owner alone; it may exist. */
  makeDirectory(path: string): void;
  /** Names in a directory, in any order. */
  list(directory: string): string[];
  exists(path: string): boolean;
  /** A new empty file, for its owner alone. Throws `EEXIST` if there is one. */
  create(path: string): DiskFile;
  /** A file to read and write. */
  open(path: string): DiskFile;
  rename(from: string, to: string): void;
  /** Removes a file, or a directory and what is in it. It may be gone already. */
  remove(path: string): void;
  /** The same without waiting, which a large file takes. */
  removeLater(path: string, done: Done): void;
  syncDirectory(path: string): void;
  /** The same without waiting. */
  syncDirectoryLater(path: string, done: Done): void;
}

/** What is needed besides to open a whole journal. */
export interface DirectoryDisk extends Disk {
  /** One more name for a file; a copy of it where the file system has no hard links. Throws `EEXIST` as above. */
  link(from: string, to: string): void;
  /** A new file with the same bytes, for its owner alone. What is written to the first meanwhile may be in it or not. */
  copy(from: string, to: string): void;
  /** Where a path leads, without symbolic links. It exists. */
  realPath(path: string): string;
}
