import assert from 'node:assert/strict';

/** What a shard says of its event loop. */
export interface LoopTimes {
  /** Since its worker started. */
  readonly idleMs: number;
  readonly activeMs: number;
  /** Share of the time lately in which it was active, 0 to 1. */
  readonly utilization: number;
}

/** As the result of a STATS. */
export function packLoopTimes({ idleMs, activeMs, utilization }: LoopTimes): string {
  return `${idleMs} ${activeMs} ${utilization}`;
}

export function unpackLoopTimes(packed: string | number): LoopTimes {
  const [idleMs, activeMs, utilization, ...rest] = String(packed).split(' ').map(Number);
  assert(isTime(idleMs) && isTime(activeMs) && isTime(utilization), 'three times of a loop');
  assert(rest.length === 0 && utilization <= 1, 'a utilization of at most 1 at the end');
  return { idleMs, activeMs, utilization };
}

function isTime(value: number | undefined): value is number {
  return value !== undefined && value >= 0 && value < Number.POSITIVE_INFINITY;
}
