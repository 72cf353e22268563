/** What Redis takes for a key. */
export type SessionKey = string | Buffer;

/** Begins no text in UTF-8. */
const TWO_BYTE_MARK = 0xff;

/**
 * The key of a session: the prefix and the id, in UTF-8. An id with half of a surrogate pair cannot be
 * written in it, and two of these must not become one: such an id follows a mark, in UTF-16.
 */
export function keyOf(prefix: string, id: string): SessionKey {
  if (id.isWellFormed()) return prefix + id;
  return Buffer.concat([Buffer.from(prefix), Buffer.of(TWO_BYTE_MARK), Buffer.from(id, 'utf16le')]);
}

/** The id that a key was made of. */
export function idOfKey(prefix: string, key: Buffer): string {
  const start = Buffer.byteLength(prefix);
  return key[start] === TWO_BYTE_MARK
    ? key.toString('utf16le', start + 1)
    : key.toString('utf8', start);
}
