import { SessionStorageError } from '../../errors.js';

const REPAIR = "the store's option repair: true keeps all that checks out";

/** `foreign`: see `SourceFile`. */
export function damaged(
  { path, foreign }: { readonly path: string; readonly foreign: string | undefined },
  offset: number,
): SessionStorageError {
  return corrupt(`${path}: ${foreign ?? `expected a record at byte ${offset}, got what is none`}`);
}

/** Files of a shard are missing: those that are there end with an older generation than the manifest knows. */
export function missing(
  directory: string,
  shard: number,
  expected: number,
  reached: number,
): SessionStorageError {
  const got = reached === 0 ? 'no file of this shard' : `files up to generation ${reached}`;
  return corrupt(
    `${directory}: expected files of shard ${shard} up to generation ${expected} or a later one, got ${got}: some are missing, or older ones are in their place`,
  );
}

function corrupt(detail: string): SessionStorageError {
  return new SessionStorageError('ERR_JOURNAL_CORRUPT', `${detail}; ${REPAIR}`);
}
