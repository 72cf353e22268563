/** A file, as it is at one moment. */
export interface LockFile {
  readonly text: string;
  /** When it was last written, Unix ms of the file system, which is not this machine's if that is remote. */
  readonly modifiedMs: number;
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
  /** Of the locks that this process has, shared by all copies of this package in it. */
  readonly ownTokens: Set<string>;
  /** `undefined` if there is none, or one that has ended and was not waited for. */
  processOf(pid: number): RunningProcess | undefined;
  /** 32 hexadecimal digits that nobody else has. */
  createToken(): string;
  /** Makes a file for its owner alone, safe from a power cut. */
  write(path: string, text: string): void;
  /** `undefined` if there is none. */
  read(path: string): LockFile | undefined;
  /** Gives a file one more name. False, and nothing is changed, if something has that name. */
  link(from: string, to: string): boolean;
  /** Takes the place of what is at `to`. False if there is none at `from`. */
  rename(from: string, to: string): boolean;
  /** It may be gone already. */
  remove(path: string): void;
  /** Names in a directory. */
  list(directory: string): string[];
  /** Makes a file with this text newly modified. Fulfils with false if there is none, or one with another text. */
  touch(path: string, text: string): Promise<boolean>;
}
