import { describe, SessionStorageError } from './errors.js';

/** `ERR_INVALID_OPTION`: which option, what was expected, what came. */
export function invalid(name: string, expected: string, got: unknown): SessionStorageError {
  return new SessionStorageError(
    'ERR_INVALID_OPTION',
    `${name}: expected ${expected}, got ${describe(got)}`,
  );
}

/** The same without showing what came, which may be a secret. */
export function invalidHidden(name: string, expected: string, got: unknown): SessionStorageError {
  return new SessionStorageError(
    'ERR_INVALID_OPTION',
    `${name}: expected ${expected}, got a value of type ${typeof got}`,
  );
}

/** Throws for an option that is not among these. Its value is not shown: it may be a key whose name is misspelt. */
export function assertKnown(
  options: Record<string, unknown>,
  known: readonly string[],
  of: string,
): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw invalid(`${of}.${name}`, 'no such option', name);
  }
}
