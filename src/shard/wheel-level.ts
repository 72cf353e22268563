/**
 * The arithmetic of a hierarchical timing wheel (Varghese and Lauck, "Hashed and hierarchical timing
 * wheels", 1987): six levels of 64 buckets. A bucket of level n spans 64^n ticks. Ticks are counted
 * in doubles, so that they never wrap: 2^53 ticks of 1 ms are 285,000 years.
 *
 * With ticks of 1,000 ms the levels reach 64 s, 68 min, 3 days, 194 days, 34 years and 2,177 years.
 */
export const BUCKETS_PER_LEVEL = 64;
export const LEVELS = 6;
export const BUCKETS = BUCKETS_PER_LEVEL * LEVELS;

const SPANS = Array.from({ length: LEVELS }, (_, level) => BUCKETS_PER_LEVEL ** level);
const TOP_SPAN = BUCKETS_PER_LEVEL ** (LEVELS - 1);

/** The farthest that an entry is placed ahead: short of a whole turn of the top level. */
export const TICKS_AHEAD_MAX = TOP_SPAN * (BUCKETS_PER_LEVEL - 1);

/** The ticks that one bucket of `level` spans. */
export function spanOf(level: number): number {
  const span = SPANS[level];
  if (span === undefined) throw new RangeError(`expected a level below ${LEVELS}, got ${level}`);
  return span;
}

/** The bucket of `level` that `tick` falls into. */
export function bucketAt(level: number, tick: number): number {
  const position = Math.floor(tick / spanOf(level)) % BUCKETS_PER_LEVEL;
  // Ticks before the start of the wheel are negative.
  return level * BUCKETS_PER_LEVEL + (position < 0 ? position + BUCKETS_PER_LEVEL : position);
}

/**
 * The bucket for an entry that is to be looked at when the wheel reaches `tick`, later than
 * `current`. It is on the lowest level on which `tick` is not in the bucket that the wheel is passing
 * through now; so it is reached at `tick` or before, whichever way the wheel moves in between.
 */
export function bucketFor(tick: number, current: number): number {
  let level = 0;
  while (level < LEVELS - 1 && !inSameTurn(tick, current, level)) level++;
  return bucketAt(level, tick);
}

function inSameTurn(tick: number, current: number, level: number): boolean {
  const turn = spanOf(level) * BUCKETS_PER_LEVEL;
  return Math.floor(tick / turn) === Math.floor(current / turn);
}

/** The first tick after `current` at which the wheel reaches the bucket. */
export function tickOfBucket(bucket: number, current: number): number {
  const span = spanOf(Math.floor(bucket / BUCKETS_PER_LEVEL));
  const here = Math.floor(current / span);
  const ahead = (bucket - here) % BUCKETS_PER_LEVEL;
  return (here + (ahead > 0 ? ahead : ahead + BUCKETS_PER_LEVEL)) * span;
}
