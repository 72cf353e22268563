import { join } from 'node:path';
import type { CancelTimer, Clock } from '../clock.js';
import { SessionStorageError } from '../errors.js';
import { journalUnavailable } from './journal-unavailable.js';
import { describeSelf, identityOf, TOUCH_INTERVAL_MS, whyHeld } from './lock-holder.js';
import type { LockFile, LockSystem } from './lock-system.js';

const LOCK = 'lock';
/** More than can change while one process looks, unless something is wrong. */
const TRIES_MAX = 100;
/** Takers that may have died one upon the other, each while it took over from the one before. */
const DEPTH_MAX = 10;

export interface DirectoryLockOptions {
  readonly system: LockSystem;
  readonly clock: Clock;
  /** It exists. */
  readonly directory: string;
  /**
   * Told, while the lock is held, that it could not be touched (`ERR_JOURNAL_UNAVAILABLE`, each time), and that
   * somebody has removed it or taken it over (`ERR_JOURNAL_LOCKED`, once, and then it is lost).
   */
  readonly onError: (error: SessionStorageError) => void;
}

export interface DirectoryLock {
  /** Lets others have the directory. May be called again. Throws `ERR_JOURNAL_UNAVAILABLE`. */
  release(): void;
}

/**
 * Has the directory for one provider alone, until it is released or the process ends. Throws `ERR_JOURNAL_LOCKED`,
 * which says who has it, and `ERR_JOURNAL_UNAVAILABLE`.
 */
export function lockDirectory(options: DirectoryLockOptions): DirectoryLock {
  const { system, directory } = options;
  try {
    const token = system.createToken();
    const lock = new HeldLock(options, token, describeSelf(system, token));
    try {
      lock.take();
    } catch (error) {
      lock.release();
      throw error;
    }
    return lock;
  } catch (error) {
    throw journalUnavailable(directory, error);
  }
}

/**
 * Gets a name for one file, its draft. Only one of those who try at once does, and this is why:
 *
 * - A name that is free goes to one of them, by `link`.
 * - A file that is left over may be replaced by nobody but the one who has its claim, `lock.<its token>`, a name
 *   that is got in the same way as the lock itself; so if that is left over too, by claiming the claim.
 * - Who has the claim looks again whether the file is still there. If it is, it stays until it is replaced, as
 *   nobody else can. If it is not, it never comes back, as no token does; the claim is then worth nothing.
 * - Replacing the file and giving up the claim are one step: the claim is renamed.
 *
 * Removing a claim that somebody has left over while another takes it does no harm either: see `tidy`.
 */
class Taker {
  readonly #system: LockSystem;
  readonly #directory: string;
  readonly #draft: string;
  readonly #nowMs: number;

  constructor(system: LockSystem, directory: string, draft: string, nowMs: number) {
    this.#system = system;
    this.#directory = directory;
    this.#draft = draft;
    this.#nowMs = nowMs;
  }

  take(path: string, depth: number): void {
    for (let tries = 0; tries < TRIES_MAX && depth < DEPTH_MAX; tries++) {
      if (this.#system.link(this.#draft, path)) return;
      const found = this.#system.read(path);
      if (found !== undefined && this.#replace(path, this.#leftOver(found), depth)) return;
    }
    throw this.#locked(`its file ${path} could not be taken over; remove it if nobody uses it`);
  }

  /**
   * Removes what those have left who died while they took the lock, or tried to. Only who has the lock may do so:
   * what they wanted to replace is not there any more, so their claims, and claims of these, are worth nothing.
   */
  tidy(): void {
    for (const name of this.#system.list(this.#directory)) {
      if (!name.startsWith(`${LOCK}.`)) continue;
      const path = join(this.#directory, name);
      const found = this.#system.read(path);
      if (found !== undefined && this.#whyHeld(found) === undefined) this.#system.remove(path);
    }
  }

  #replace(path: string, leftOver: string, depth: number): boolean {
    const claim = join(this.#directory, `${LOCK}.${leftOver}`);
    this.take(claim, depth + 1);
    try {
      const found = this.#system.read(path);
      if (found !== undefined && this.#leftOver(found) === leftOver) {
        return this.#system.rename(claim, path);
      }
    } catch (error) {
      this.#system.remove(claim);
      throw error;
    }
    this.#system.remove(claim);
    return false;
  }

  /** The identity of a file that nobody has any more. */
  #leftOver(found: LockFile): string {
    const why = this.#whyHeld(found);
    if (why !== undefined) throw this.#locked(why);
    return identityOf(found);
  }

  #whyHeld(found: LockFile): string | undefined {
    return whyHeld(this.#system, found, this.#nowMs);
  }

  #locked(why: string): SessionStorageError {
    return new SessionStorageError('ERR_JOURNAL_LOCKED', `${this.#directory}: ${why}`);
  }
}

/** Touches its file, for those on other machines, as long as it is held. */
class HeldLock implements DirectoryLock {
  readonly #options: DirectoryLockOptions;
  readonly #path: string;
  readonly #token: string;
  readonly #text: string;
  #cancelTouch: CancelTimer = () => {};
  #isReleased = false;

  constructor(options: DirectoryLockOptions, token: string, text: string) {
    this.#options = options;
    this.#path = join(options.directory, LOCK);
    this.#token = token;
    this.#text = text;
  }

  take(): void {
    const { system, directory } = this.#options;
    const draft = join(directory, `${LOCK}.${this.#token}.tmp`);
    try {
      system.write(draft, this.#text);
      const nowMs = system.read(draft)?.modifiedMs ?? Number.NEGATIVE_INFINITY;
      const taker = new Taker(system, directory, draft, nowMs);
      taker.take(this.#path, 0);
      taker.tidy();
    } finally {
      system.remove(draft);
    }
    system.ownTokens.add(this.#token);
    this.#touchLater();
  }

  release(): void {
    if (this.#isReleased) return;
    const { system } = this.#options;
    try {
      // Nobody replaces it in between, as this process runs.
      if (system.read(this.#path)?.text === this.#text) system.remove(this.#path);
    } catch (error) {
      throw journalUnavailable(this.#path, error);
    }
    this.#end();
  }

  #end(): void {
    this.#isReleased = true;
    this.#cancelTouch();
    this.#options.system.ownTokens.delete(this.#token);
  }

  #touchLater(): void {
    this.#cancelTouch = this.#options.clock.after(TOUCH_INTERVAL_MS, () => {
      this.#options.system.touch(this.#path, this.#text).then(
        (isOurs) => this.#touched(isOurs),
        (error: unknown) => this.#notTouched(error),
      );
    });
  }

  #touched(isOurs: boolean): void {
    if (this.#isReleased) return;
    if (isOurs) {
      this.#touchLater();
      return;
    }
    this.#end();
    const detail = `${this.#options.directory}: somebody has removed or taken over the lock that this process had`;
    this.#options.onError(new SessionStorageError('ERR_JOURNAL_LOCKED', detail));
  }

  #notTouched(error: unknown): void {
    if (this.#isReleased) return;
    this.#touchLater();
    this.#options.onError(journalUnavailable(this.#path, error));
  }
}
