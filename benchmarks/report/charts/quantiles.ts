import type { Result } from '../results.js';
import { medianOf } from '../selection.js';
import { atLeast, logMsAxis, oursLast, type Point, subjectColor } from './chart.js';

const QUANTILES = { P50: 'p50', P99: 'p99', P999: 'p99.9', Max: 'worst' } as const;

/** Less is drawn as this: logarithms have no zero. */
const LATENCY_MS_MIN = 0.001;

/** A latency's quantiles, of metrics such as `getP50Ms`; `more` goes into each point. */
export function quantilesOf(
  results: readonly Result[],
  prefix: string,
  more: Point = {},
): readonly Point[] {
  return oursLast(results).flatMap((result) =>
    Object.entries(QUANTILES).flatMap(([suffix, quantile]) => {
      const ms = medianOf(result, `${prefix}${suffix}Ms`);
      if (ms === undefined) return [];
      return [{ ...more, subject: result.subject, quantile, ms: atLeast(ms, LATENCY_MS_MIN) }];
    }),
  );
}

/** A line for each subject, from its median to its worst. */
export function drawQuantiles(points: readonly Point[], title: string) {
  return {
    mark: { type: 'line', point: { size: 60 }, strokeWidth: 2 },
    encoding: {
      x: {
        field: 'quantile',
        type: 'ordinal',
        sort: Object.values(QUANTILES),
        title: null,
        axis: { labelAngle: 0 },
        scale: { padding: 0.3 },
      },
      y: logMsAxis(points, title),
      color: subjectColor(points),
    },
  };
}
