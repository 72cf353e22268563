import { describe, SessionStorageError } from './errors.js';

/** `ERR_INVALID_OPTION`: which option, what was expected, what came. */
export function invalid(name: string, expected: string, got: unknown): SessionStorageError {
  return new SessionStorageError(
    'ERR_INVALID_OPTION',
    `${name}: expected ${expected}, got ${describe(got)}`,
  );
}
