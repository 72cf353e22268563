import { describeType, SessionStorageError } from './errors.js';

/**
 * Values of options, and what users write in their place. A text that is one of them is no secret; any other text
 * may be one that was put in the wrong place.
 */
const SHOWN_WORDS = new Set([
  ...['memory', 'journal', 'redis', 'always', 'everysec', 'never', 'retry', 'miss'],
  ...['evict-inactive', 'evict', 'reject', 'true', 'false', 'yes', 'no', 'on', 'off', 'none'],
]);

/** A name in words, as one of an option that is misspelt. Passwords and keys rarely look like one. */
const SHOWN_NAME = /^(?=.{1,30}$)[A-Za-z]+(?:[-_][A-Za-z]+)*$/;
const URL_START = /^[a-z][a-z0-9+.-]+:\/\//i;

/** `ERR_INVALID_OPTION`: which option, what was expected, what came. Shows no text that may be a secret. */
export function invalid(name: string, expected: string, got: unknown): SessionStorageError {
  return invalidAs(name, expected, describeOption(got));
}

/** The same for an option that is a number: one that came is shown. */
export function invalidNumber(name: string, expected: string, got: unknown): SessionStorageError {
  return invalidAs(name, expected, typeof got === 'number' ? String(got) : describeOption(got));
}

/** `gotText` is shown as it is. */
export function invalidAs(name: string, expected: string, gotText: string): SessionStorageError {
  const detail = `${name}: expected ${expected}, got ${gotText}`;
  return new SessionStorageError('ERR_INVALID_OPTION', detail);
}

/**
 * Throws for an option that is not among `known`. Its value is not shown, as it may be a key whose name is
 * misspelt; nor is its name if that may be a secret. `of`: the option that has these options, if one does.
 */
export function assertKnown(options: object, known: readonly string[], of?: string): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const expected = known.length === 0 ? 'no option but kind' : `one of ${known.join(', ')}`;
    if (SHOWN_NAME.test(name)) {
      throw invalidAs(of === undefined ? name : `${of}.${name}`, expected, `"${name}"`);
    }
    const gotText = `one whose name has ${name.length} characters`;
    throw invalidAs(of ?? 'options', expected, gotText);
  }
}

/** What came for an option, without a text that may be a secret. */
export function describeOption(value: unknown): string {
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || value === '') return describeType(value);
  if (SHOWN_WORDS.has(value.toLowerCase())) return JSON.stringify(value);
  if (isUrl(value)) return `a URL of ${value.length} characters`;
  const unit = /^\d+$/.test(value) ? 'digit' : 'character';
  return `a string of ${value.length} ${unit}${value.length === 1 ? '' : 's'}`;
}

/** Whether it has a scheme and an authority, and so perhaps a password. */
export function isUrl(text: string): boolean {
  return URL_START.test(text);
}
