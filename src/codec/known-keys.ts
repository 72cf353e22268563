const KEYS = 256;

/**
 * The keys of objects that were read lately, one for each place that their length and ends point to.
 * A key found here needs no string of its own, and V8 need not look up which string it is.
 */
export class KnownKeys {
  readonly #keys: string[] = new Array(KEYS).fill('');

  /** What `text` holds from `start` to `end`, one-byte characters. */
  read(text: string, start: number, end: number): string {
    const place = placeOf(text.charCodeAt(start), text.charCodeAt(end - 1), end - start);
    const known = this.#keys[place];
    if (known?.length === end - start && text.startsWith(known, start)) return known;
    const key = internalized(text.substring(start, end));
    this.#keys[place] = key;
    return key;
  }
}

/** Of an empty key too, which has no ends: NaN counts as 0 here. */
function placeOf(first: number, last: number, length: number): number {
  return (first * 31 + last * 7 + length) & (KEYS - 1);
}

/** The same text without a reference to what it was cut from. */
function internalized(key: string): string {
  return Object.keys({ [key]: 0 })[0] ?? key;
}
