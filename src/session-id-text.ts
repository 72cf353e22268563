import { createHash } from 'node:crypto';

const SHOWN_CHARACTERS = 8;
/** A shorter id shows a quarter of itself: 8 characters might leave too few to guess. */
const SHOWN_IN_FULL_LENGTH_MIN = 16;
const HASH_CHARACTERS = 12;
const UNPRINTABLE = /[^\x20-\x7e]|["\\]/g;

/**
 * A session id for an error message. An id is what a client shows to get its session, so nobody may read one
 * from a log: its first characters and the start of its SHA-256 tell whether it is a certain id, and
 * nothing more. Other characters than printable ASCII are escaped.
 */
export function describeSessionId(id: string): string {
  const count = id.length < SHOWN_IN_FULL_LENGTH_MIN ? Math.floor(id.length / 4) : SHOWN_CHARACTERS;
  const shown = id.slice(0, count).replace(UNPRINTABLE, escaped);
  const hash = createHash('sha256').update(id).digest('hex').slice(0, HASH_CHARACTERS);
  return `"${shown}"... (SHA-256 ${hash})`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
