import { describe, SessionStorageError } from './errors.js';

/** A URL with a user and password, for example. */
const MAY_HAVE_SECRETS = /:\/\/|@/;

/** `ERR_INVALID_OPTION`: which option, what was expected, what came, unless it looks like a text with a secret. */
export function invalid(name: string, expected: string, got: unknown): SessionStorageError {
  if (typeof got === 'string' && MAY_HAVE_SECRETS.test(got)) {
    return invalidHidden(name, expected, got);
  }
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
    if (known.includes(name)) continue;
    const expected = known.length === 0 ? 'no option but kind' : `one of ${known.join(', ')}`;
    throw invalid(`${of}.${name}`, expected, name);
  }
}
