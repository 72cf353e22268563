import { join } from 'node:path';

const MANIFEST = 'manifest.json';
/** Says which provider has the journal's directory. */
const LOCK = 'lock';
/** A claim to replace a lock, or a draft of one. */
const CLAIM_PREFIX = `${LOCK}.`;
const HOLDER_PREFIX = 'holder-';
const CUT_OFF_PREFIX = 'cut-off-';

export function manifestPath(directory: string): string {
  return join(directory, MANIFEST);
}

export function lockPath(directory: string): string {
  return join(directory, LOCK);
}

/** The lock's file, before it has that name. */
export function draftPath(directory: string, token: string): string {
  return join(directory, `${CLAIM_PREFIX}${token}.tmp`);
}

/** Who has this file is the only one who may replace the file with that token. */
export function claimPath(directory: string, token: string): string {
  return join(directory, `${CLAIM_PREFIX}${token}`);
}

export function isDraftOrClaim(name: string): boolean {
  return name.startsWith(CLAIM_PREFIX);
}

/**
 * A directory of one holder of the lock. What a holder changes for all of them (the manifest, the lock's own end)
 * it renames out of this directory or into it. A successor renames the directory first: from then on each
 * such step of the predecessor fails, at whatever point the predecessor was stopped.
 */
export function holderPath(directory: string, token: string): string {
  return join(directory, `${HOLDER_PREFIX}${token}`);
}

/** Where the lock goes when its holder releases it. */
export function releasedPath(directory: string, token: string): string {
  return join(holderPath(directory, token), 'released');
}

/** The token of the holder, if this is the name of a holder's directory. */
export function tokenOfHolder(name: string): string | undefined {
  return name.startsWith(HOLDER_PREFIX) ? name.slice(HOLDER_PREFIX.length) : undefined;
}

/**
 * The name of that directory once a successor has taken the lock over from a holder that may still run. It stays until
 * the records are where that holder does not write.
 */
export function cutOffPath(directory: string, token: string): string {
  return join(directory, `${CUT_OFF_PREFIX}${token}`);
}

export function isCutOff(name: string): boolean {
  return name.startsWith(CUT_OFF_PREFIX);
}
