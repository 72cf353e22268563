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
] as const satisfies (keyof ShardCounts)[];

/** Counts whose numbers are made one by one. */
export function countsOf(countOf: (name: keyof ShardCounts, at: number) => number): ShardCounts {
  const counts = {} as Record<keyof ShardCounts, number>;
  for (const [at, name] of COUNT_NAMES.entries()) counts[name] = countOf(name, at);
  return counts;
}
