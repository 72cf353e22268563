import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { holderPath, lockPath, manifestPath } from './lock-files.js';

/** How often a holder refreshes its lock, for those who cannot look its process up. */
export const TOUCH_INTERVAL_MS = 2_000;
/** A lock that was not refreshed for this long is stale. */
export const TOUCH_AGE_MS_MAX = 10_000;

/**
 * What became of a lock.
 *
 * - `'held'`: the provider still has it.
 * - `'removed'`: somebody has removed the lock's file, and no other provider has had it since.
 * - `'emptied'`: somebody has removed all files.
 * - `'gone'`: neither the lock nor its holder's directory is there, but the manifest is: another provider has
 *   had the lock, or somebody is removing all files at this moment.
 * - `'taken'`: another provider has it.
 */
export type LockState = 'held' | 'removed' | 'emptied' | 'gone' | 'taken';

/**
 * Refreshes the lock with this token, if it is still there: writes the same text again, so that the time comes from
 * the file system, which those who look at it ask too. The file that was read is the one that is written,
 * even if another has taken its name since. Synchronous: libuv's threads may be busy for long with what the
 * application has given them. Throws what `node:fs` throws.
 */
export function touchLock(directory: string, token: string): LockState {
  const descriptor = openIfThere(lockPath(directory));
  if (descriptor === undefined) return stateWithoutLock(directory, token);
  try {
    const text = readFileSync(descriptor, 'utf8');
    if (!text.includes(token)) return 'taken';
    writeSync(descriptor, text, 0);
    return 'held';
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

function stateWithoutLock(directory: string, token: string): LockState {
  if (existsSync(holderPath(directory, token))) return 'removed';
  return existsSync(manifestPath(directory)) ? 'gone' : 'emptied';
}

/** For an error: another provider has the lock that this one had. */
export function lockLost(directory: string): string {
  return `${directory}: another provider has taken over the lock that this one had; this one has stopped and writes nothing more`;
}
