import type { LockState } from '../shard/journal/touch-lock.js';

/** A file, as it is at one moment. */
export interface LockFile {
  readonly text: string;
  /** When it was last written, Unix ms of the file system, which is not this machine's if that is remote. */
  readonly modifiedMs: number;
  /** Tells the file from a copy of it: its device and inode. */
  readonly identity: string;
}

export interface RunningProcess {
  /** Tells it from others that had its pid before; `undefined` if the system does not say. */
  readonly startTime: number | undefined;
}

/**
 * All that a lock needs of the system. Tests put a twin in its place. What fails throws what `node:fs`
 * throws, with its `code`.
 */
export interface LockSystem {
  readonly host: string;
  readonly pid: number;
  /** Of the machine's start; `undefined` if the system does not say. */
  readonly bootId: string | undefined;
  /** Within one of these, and one start of the machine, a pid means one process; `undefined` as above. */
  readonly pidNamespace: string | undefined;
  /** Of the locks that this thread has, shared by all copies of this package in it. */
  readonly ownTokens: Set<string>;
  /** `undefined` if there is none, or one that has ended and was not waited for. */
  processOf(pid: number): RunningProcess | undefined;
  /**
   * Whether a descriptor of a process is that of the file with this identity. Node.js closes the descriptors of a
   * worker thread when the thread ends. `undefined` if the system does not say.
   */
  isOpen(pid: number, descriptor: number, identity: string): boolean | undefined;
  /** 32 hexadecimal digits that nobody else has. */
  createToken(): string;
  /**
   * Makes a file for its owner alone, which a power cut does not take, with the text for its descriptor. The
   * descriptor stays open until `closeFile`; it is `undefined` where others could not look it up.
   */
  create(path: string, textFor: (descriptor: number | undefined) => string): number | undefined;
  closeFile(descriptor: number): void;
  /** Makes a directory for its owner alone; it may exist. */
  makeDirectory(path: string): void;
  /** `undefined` if there is none. */
  read(path: string): LockFile | undefined;
  /** Gives a file one more name. False, and nothing is changed, if something has that name. */
  link(from: string, to: string): boolean;
  /** Takes the place of what is at `to`. False if there is none at `from`, or no directory for `to`. */
  rename(from: string, to: string): boolean;
  exists(path: string): boolean;
  /** A file, or a directory and what is in it. It may be gone already. */
  remove(path: string): void;
  /** Names in a directory. */
  list(directory: string): string[];
  /** See `touch-lock.ts`. */
  touch(directory: string, token: string): LockState;
}
