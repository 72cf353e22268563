import { messageOf, SessionStorageError } from '../errors.js';

/** What was thrown, if this package threw it; else `ERR_JOURNAL_UNAVAILABLE` with path, system code and cause. */
export function journalUnavailable(path: string, thrown: unknown): SessionStorageError {
  if (thrown instanceof SessionStorageError) return thrown;
  const { code = 'an error', path: where } = Object(thrown) as { code?: unknown; path?: unknown };
  return new SessionStorageError(
    'ERR_JOURNAL_UNAVAILABLE',
    `${typeof where === 'string' ? where : path}: got ${code} (${messageOf(thrown)})`,
    { cause: thrown },
  );
}
