import { SessionStorageError } from '../../errors.js';

export function damaged(path: string, offset: number): SessionStorageError {
  return new SessionStorageError(
    'ERR_JOURNAL_CORRUPT',
    `${path}: expected a record at byte ${offset}, got what is none; the store's option repair: true keeps all that checks out`,
  );
}
