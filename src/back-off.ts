const FIRST_MS = 25;

/**
 * How long to wait before something is tried again that has failed `failures` times in a row. The first time
 * not at all; then twice as long each time, up to `maxMs`, less up to half of it by chance, so that
 * those who fail together do not try again together.
 */
export function backOffMs(failures: number, maxMs: number, random: () => number): number {
  if (failures <= 1) return 0;
  const longestMs = Math.min(maxMs, FIRST_MS * 2 ** (failures - 2));
  return Math.ceil(longestMs * (1 - random() / 2));
}
