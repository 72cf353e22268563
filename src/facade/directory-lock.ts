import type { CancelTimer, Clock } from '../clock.js';
import { SessionStorageError } from '../errors.js';
import { draftPath, holderPath, lockPath, releasedPath } from '../shard/journal/lock-files.js';
import { type LockState, lockLost, TOUCH_INTERVAL_MS } from '../shard/journal/touch-lock.js';
import { journalUnavailable } from './journal-unavailable.js';
import { describeSelf, parseHolder } from './lock-holder.js';
import type { LockFile, LockSystem } from './lock-system.js';
import { LockTaker } from './lock-taker.js';

export interface DirectoryLockOptions {
  readonly system: LockSystem;
  readonly clock: Clock;
  /** It exists. */
  readonly directory: string;
  /**
   * Told, while the lock is held, that it could not be refreshed (`ERR_JOURNAL_UNAVAILABLE`, each time), and that
   * another provider has taken it over (`ERR_JOURNAL_LOCKED`, once, and then it is lost).
   */
  readonly onError: (error: SessionStorageError) => void;
}

export interface DirectoryLock {
  /** In the lock's file, and in no other's. */
  readonly token: string;
  /**
   * A directory that only this holder uses. Renaming a file out of it fails once another provider has taken the
   * lock over from this one.
   */
  readonly ownDirectory: string;
  /** Some holder before this one may still run, and write to the files that it had open. See {@link endFence}. */
  readonly mustFence: boolean;
  /** No holder before this one has what this one uses from now on. Throws what the system throws. */
  endFence(): void;
  /** Whether the lock is refreshed from this thread. At first it is; later the shards do that. */
  setTouching(touches: boolean): void;
  /**
   * Takes the lock again whose file somebody has removed; `isEmptied`: and all others with it. Throws
   * `ERR_JOURNAL_LOCKED` if another provider has it, and what the system throws.
   */
  restore(isEmptied: boolean): void;
  /** Lets others have the directory. May be called again. Throws `ERR_JOURNAL_UNAVAILABLE`. */
  release(): void;
}

/**
 * Has the directory for one provider alone, until it is released or the thread ends. Throws `ERR_JOURNAL_LOCKED`,
 * which says who has it, and `ERR_JOURNAL_UNAVAILABLE`.
 */
export function lockDirectory(options: DirectoryLockOptions): DirectoryLock {
  try {
    const lock = new HeldLock(options);
    try {
      lock.take();
    } catch (error) {
      lock.release();
      throw error;
    }
    return lock;
  } catch (error) {
    throw journalUnavailable(options.directory, error);
  }
}

function lostError(directory: string): SessionStorageError {
  return new SessionStorageError('ERR_JOURNAL_LOCKED', lockLost(directory));
}

class HeldLock implements DirectoryLock {
  readonly token: string;
  readonly ownDirectory: string;
  readonly #options: DirectoryLockOptions;
  readonly #path: string;
  #cutOffPaths: readonly string[] = [];
  #descriptor: number | undefined;
  #touches = true;
  #timesGone = 0;
  #cancelTouch: CancelTimer = () => {};
  #isReleased = false;

  constructor(options: DirectoryLockOptions) {
    const { system, directory } = options;
    this.#options = options;
    this.token = system.createToken();
    this.ownDirectory = holderPath(directory, this.token);
    this.#path = lockPath(directory);
  }

  get mustFence(): boolean {
    return this.#cutOffPaths.length > 0;
  }

  take(): void {
    const { system, directory } = this.#options;
    const taker = new LockTaker(system, directory, this.token, this.#writeDraft());
    try {
      // Before the lock is taken, and never after: a successor that renames it cuts this holder off.
      system.makeDirectory(this.ownDirectory);
      taker.takeLock();
    } catch (error) {
      // In this order: a directory without a draft is taken for that of a holder.
      system.remove(this.ownDirectory);
      throw error;
    } finally {
      this.#removeDraft();
    }
    this.#assertOurs();
    this.#cutOffPaths = taker.tidy();
    system.ownTokens.add(this.token);
    this.#touchLater();
  }

  /** Another one may have taken this one for ended while it was on its way, if it was stopped for long. */
  #assertOurs(): void {
    const { system, directory } = this.#options;
    const isHeld = this.#isOurs(system.read(this.#path)) && system.exists(this.ownDirectory);
    if (!isHeld) throw lostError(directory);
  }

  endFence(): void {
    for (const path of this.#cutOffPaths) this.#options.system.remove(path);
    this.#cutOffPaths = [];
  }

  setTouching(touches: boolean): void {
    this.#touches = touches;
  }

  restore(isEmptied: boolean): void {
    const { system, directory } = this.#options;
    if (this.#isReleased || this.#isOurs(system.read(this.#path))) return;
    this.#closeFile();
    this.#writeDraft();
    try {
      if (isEmptied) system.makeDirectory(this.ownDirectory);
      if (!system.link(draftPath(directory, this.token), this.#path)) throw lostError(directory);
    } finally {
      this.#removeDraft();
    }
    // Another provider may have had the lock, and have released it.
    if (!system.exists(this.ownDirectory)) {
      system.remove(this.#path);
      throw lostError(directory);
    }
  }

  release(): void {
    if (this.#isReleased) return;
    const { system } = this.#options;
    try {
      if (this.#isOurs(system.read(this.#path))) this.#moveAway();
      system.remove(this.ownDirectory);
    } catch (error) {
      throw journalUnavailable(this.#path, error);
    }
    this.#end();
  }

  /** Whatever has the name now is moved, but only as long as this holder is not cut off. */
  #moveAway(): void {
    const { system, directory } = this.#options;
    const released = releasedPath(directory, this.token);
    if (!system.rename(this.#path, released)) return;
    const moved = system.read(released);
    if (moved !== undefined && !this.#isOurs(moved)) system.link(released, this.#path);
  }

  /** Gives the time of the file system. */
  #writeDraft(): number {
    const { system, directory } = this.#options;
    const draft = draftPath(directory, this.token);
    this.#descriptor = system.create(draft, (descriptor) =>
      describeSelf(system, this.token, descriptor),
    );
    return system.read(draft)?.modifiedMs ?? Number.NEGATIVE_INFINITY;
  }

  #removeDraft(): void {
    const { system, directory } = this.#options;
    system.remove(draftPath(directory, this.token));
  }

  #isOurs(file: LockFile | undefined): boolean {
    return file !== undefined && parseHolder(file.text)?.token === this.token;
  }

  #end(): void {
    this.#isReleased = true;
    this.#cancelTouch();
    this.#closeFile();
    this.#options.system.ownTokens.delete(this.token);
  }

  #closeFile(): void {
    if (this.#descriptor !== undefined) this.#options.system.closeFile(this.#descriptor);
    this.#descriptor = undefined;
  }

  #touchLater(): void {
    this.#cancelTouch = this.#options.clock.after(TOUCH_INTERVAL_MS, () => this.#touch());
  }

  #touch(): void {
    try {
      const state = this.#look();
      if (state === 'removed') this.restore(false);
      this.#timesGone = state === 'gone' ? this.#timesGone + 1 : 0;
      if (state === 'taken' || this.#timesGone > 1) throw lostError(this.#options.directory);
      this.#touchLater();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code === 'ERR_JOURNAL_LOCKED') this.#end();
      else this.#touchLater();
      this.#options.onError(journalUnavailable(this.#path, error));
    }
  }

  /** Without writing while the shards refresh the lock: a write may have to wait for a slow disk. */
  #look(): LockState {
    const { system, directory } = this.#options;
    const isThere = !this.#touches && this.#isOurs(system.read(this.#path));
    return isThere ? 'held' : system.touch(directory, this.token);
  }
}
