import type { Result } from '../results.js';
import { atLargest, resultsOf } from '../selection.js';
import { BUILT_IN, OURS } from '../subjects.js';
import { atLeast, type ChartKind, logMsAxis, oursLast, type Point, subjectColor } from './chart.js';

/** Less cannot be told from the timers' own resolution. */
const DELAY_MS_MIN = 0.1;
const SHOWN: ReadonlySet<string> = new Set([BUILT_IN, OURS]);
/** Around the purge, at which time is 0. */
const SECONDS_MIN = -2;
const SECONDS_MAX = 6;

export const purgeChart: ChartKind = {
  file: 'event-loop-delay.svg',
  draw(report) {
    const results = atLargest(resultsOf(report, 'purge')).filter(({ subject }) =>
      SHOWN.has(subject),
    );
    const points = oursLast(results).flatMap(pointsOf);
    if (points.length === 0) return undefined;
    return {
      title: `Event-loop delay of the server's thread while sessions expire (${results[0]?.variant})`,
      subtitle:
        'how long an event has to wait that comes at that time, logarithmic: less is better',
      drawing: {
        width: 640,
        height: 300,
        data: { values: points },
        mark: { type: 'line', strokeWidth: 1.8 },
        encoding: {
          x: { field: 'seconds', type: 'quantitative', title: 'seconds since the purge is due' },
          y: logMsAxis(points, 'event-loop delay, ms'),
          color: subjectColor(points),
        },
      },
    };
  },
};

function pointsOf({ subject, series }: Result): Point[] {
  const { loopMaxMs = [] } = series;
  return waitsOverTime(loopMaxMs)
    .filter(([seconds]) => seconds >= SECONDS_MIN && seconds <= SECONDS_MAX)
    .map(([seconds, ms]) => ({ subject, seconds, ms: atLeast(ms, DELAY_MS_MIN) }));
}

/** A stall is noted where it ends; here it is where it begins, and the wait falls until it ends. */
export function waitsOverTime(
  delays: readonly (readonly [seconds: number, ms: number])[],
): [seconds: number, ms: number][] {
  const waits = delays.map(([seconds, ms]): [number, number] => [seconds, ms]);
  for (const [end, [endSeconds, delayMs]] of delays.entries()) {
    const remainingMs = ([seconds]: readonly [number, number]) => (endSeconds - seconds) * 1_000;
    const start = delays.findIndex((point) => remainingMs(point) <= delayMs);
    const stalled = waits.slice(start, end);
    for (const wait of stalled) wait[1] = remainingMs(wait);
    const [first, last] = [stalled[0], waits[end]];
    if (first === undefined || last === undefined) continue;
    first[1] = delayMs;
    last[1] = 0;
  }
  return waits;
}
