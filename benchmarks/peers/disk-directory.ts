import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The directory on a disk that the runner gives to a task; its `TMPDIR` may be in memory. */
export const DISK_VARIABLE = 'JSTP_BENCH_DISK';

/** Where files go that are to be on a disk. */
export function diskParent(): string {
  return process.env[DISK_VARIABLE] ?? tmpdir();
}

/** For the files of one store. */
export class DiskDirectory {
  readonly path: string;
  readonly #isOurs: boolean;

  /** `given`: a directory that stays. */
  constructor(given: string | undefined, parent: string = diskParent()) {
    this.path = given ?? mkdtempSync(join(parent, 'jstp-bench-store-'));
    this.#isOurs = given === undefined;
  }

  remove(): void {
    if (this.#isOurs) rmSync(this.path, { recursive: true, force: true });
  }
}
