const FIRST_MS = 25;

/**
 * How long to wait before a shard is started again that has ended `deaths` times in a row. The first time
 * not at all; then twice as long each time, up to `maxMs`, less up to half of it by chance, so that
 * shards which fail together are not started together.
 */
export function backOffMs(deaths: number, maxMs: number, random: () => number): number {
  if (deaths <= 1) return 0;
  const longestMs = Math.min(maxMs, FIRST_MS * 2 ** (deaths - 2));
  return Math.ceil(longestMs * (1 - random() / 2));
}
