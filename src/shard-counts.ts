/** What a shard's store holds, and what it has done since it was made. */
export interface ShardCounts {
  /** Held now; those that expired within the last purge interval may be among them. */
  readonly sessions: number;
  /** What they take up: ids, values and what the store spends on each, by the store's own measure. */
  readonly bytes: number;
  /** `get`s that found a session, and that did not. */
  readonly hits: number;
  readonly misses: number;
  /** `set`s that were stored. */
  readonly sets: number;
  /** Sessions that ran out of lifetime, whether found by a `get` or by the purge. */
  readonly expired: number;
  /** Sessions that were given up before their time, for the limit of sessions and for that of bytes. */
  readonly evictedForSessions: number;
  readonly evictedForBytes: number;
  /** What found no room. */
  readonly refused: number;
  /** Times that the disk refused what the journal wrote. */
  readonly writeErrors: number;
}

/** In the order in which they cross a port. */
export const COUNT_NAMES = [
  'sessions',
  'bytes',
  'hits',
  'misses',
  'sets',
  'expired',
  'evictedForSessions',
  'evictedForBytes',
  'refused',
  'writeErrors',
] as const satisfies (keyof ShardCounts)[];

/**
 * Counts whose numbers are made one by one, in the order of {@link COUNT_NAMES}. Written out, as it is
 * done for each message: an object that grows by names costs several times as much.
 */
export function countsOf(countOf: (name: keyof ShardCounts, at: number) => number): ShardCounts {
  return {
    sessions: countOf('sessions', 0),
    bytes: countOf('bytes', 1),
    hits: countOf('hits', 2),
    misses: countOf('misses', 3),
    sets: countOf('sets', 4),
    expired: countOf('expired', 5),
    evictedForSessions: countOf('evictedForSessions', 6),
    evictedForBytes: countOf('evictedForBytes', 7),
    refused: countOf('refused', 8),
    writeErrors: countOf('writeErrors', 9),
  };
}
