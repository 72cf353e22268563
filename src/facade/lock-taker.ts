import { join } from 'node:path';
import { SessionStorageError } from '../errors.js';
import {
  claimPath,
  cutOffPath,
  draftPath,
  holderPath,
  isCutOff,
  isDraftOrClaim,
  lockPath,
  releasedPath,
  tokenOfHolder,
} from '../shard/journal/lock-files.js';
import { type HolderState, holderState, identityOf } from './lock-holder.js';
import type { LockFile, LockSystem } from './lock-system.js';

/** More than can change while one process looks, unless something is wrong. */
const TRIES_MAX = 100;
/** Takers that may have died one upon the other, each while it took over from the one before. */
const DEPTH_MAX = 10;

/** A file whose holder is not there. */
interface LeftOver {
  readonly identity: string;
  readonly isProven: boolean;
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
 *
 * A holder that was not seen to end may only be stopped, and go on at any moment. So before its lock is replaced its
 * directory is renamed: see `holderPath`.
 */
export class LockTaker {
  readonly #system: LockSystem;
  readonly #directory: string;
  readonly #token: string;
  readonly #nowMs: number;

  /** Takes it with the draft of this token. `nowMs`: of the file system. */
  constructor(system: LockSystem, directory: string, token: string, nowMs: number) {
    this.#system = system;
    this.#directory = directory;
    this.#token = token;
    this.#nowMs = nowMs;
  }

  /** Gets the lock. Throws `ERR_JOURNAL_LOCKED`, and what the system throws. */
  takeLock(): void {
    this.#take(lockPath(this.#directory), 0);
  }

  /**
   * Removes what those have left who died while they took the lock, or tried to. Only who has the lock may do so:
   * what they wanted to replace is not there any more, so their claims, and claims of these, are worth nothing.
   * Gives the directories of holders that are cut off.
   */
  tidy(): string[] {
    const cutOff = new Set<string>();
    const names = this.#system.list(this.#directory);
    // First, as their drafts say what became of them.
    for (const name of names) {
      const token = tokenOfHolder(name);
      if (isCutOff(name)) cutOff.add(join(this.#directory, name));
      else if (token !== undefined && token !== this.#token) this.#tidyHolder(token, cutOff);
    }
    for (const name of names) {
      const path = join(this.#directory, name);
      if (isDraftOrClaim(name) && !this.#isInUse(path)) this.#system.remove(path);
    }
    return [...cutOff];
  }

  /** Who has no draft any more had the lock. If it was not released, somebody has removed it from a holder that may run. */
  #tidyHolder(token: string, cutOff: Set<string>): void {
    const draft = draftPath(this.#directory, token);
    const hadLock = !this.#system.exists(draft);
    if (!hadLock && this.#isInUse(draft)) return;
    if (!hadLock || this.#system.exists(releasedPath(this.#directory, token))) {
      this.#system.remove(holderPath(this.#directory, token));
      return;
    }
    this.#cutOff(token);
    cutOff.add(cutOffPath(this.#directory, token));
  }

  #isInUse(path: string): boolean {
    const found = this.#system.read(path);
    return found !== undefined && this.#stateOf(found).isHeld;
  }

  #take(path: string, depth: number): void {
    const draft = draftPath(this.#directory, this.#token);
    for (let tries = 0; tries < TRIES_MAX && depth < DEPTH_MAX; tries++) {
      if (this.#system.link(draft, path)) return;
      const found = this.#system.read(path);
      if (found === undefined) continue;
      if (this.#replace(path, this.#leftOver(found), depth)) return;
    }
    throw this.#locked(`its file ${path} could not be taken over; remove it if nobody uses it`);
  }

  #replace(path: string, { identity }: LeftOver, depth: number): boolean {
    const claim = claimPath(this.#directory, identity);
    this.#take(claim, depth + 1);
    try {
      const found = this.#system.read(path);
      const leftOver = found && this.#leftOver(found);
      if (leftOver?.identity === identity) {
        if (depth === 0) this.#endHolder(leftOver);
        return this.#system.rename(claim, path);
      }
    } catch (error) {
      this.#system.remove(claim);
      throw error;
    }
    this.#system.remove(claim);
    return false;
  }

  #endHolder({ identity, isProven }: LeftOver): void {
    if (isProven) this.#system.remove(holderPath(this.#directory, identity));
    else this.#cutOff(identity);
  }

  /** One of an older version has no directory of its own: the new name alone says what is to be done. */
  #cutOff(token: string): void {
    const cutOff = cutOffPath(this.#directory, token);
    if (!this.#system.rename(holderPath(this.#directory, token), cutOff)) {
      this.#system.makeDirectory(cutOff);
    }
  }

  #leftOver(found: LockFile): LeftOver {
    const state = this.#stateOf(found);
    if (state.isHeld) throw this.#locked(state.why);
    return { identity: identityOf(found), isProven: state.isProven };
  }

  #stateOf(found: LockFile): HolderState {
    return holderState(this.#system, found, this.#nowMs);
  }

  #locked(why: string): SessionStorageError {
    return new SessionStorageError('ERR_JOURNAL_LOCKED', `${this.#directory}: ${why}`);
  }
}
