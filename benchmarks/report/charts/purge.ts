import { atLargest, resultsOf } from '../selection.js';
import { BUILT_IN, OURS } from '../subjects.js';
import { atLeast, type ChartKind, type Point, subjectColor } from './chart.js';

/** Less cannot be told from the timers' own resolution. */
const DELAY_MS_MIN = 0.1;

export const purgeChart: ChartKind = {
  file: 'event-loop-delay.svg',
  draw(report) {
    const results = atLargest(resultsOf(report, 'purge')).filter(
      ({ subject, series }) =>
        (subject === OURS || subject === BUILT_IN) && (series['loopMaxMs']?.length ?? 0) > 0,
    );
    const points = results.flatMap<Point>(({ subject, series }) =>
      (series['loopMaxMs'] ?? []).map(([seconds, ms]) => ({
        subject,
        seconds,
        ms: atLeast(ms, DELAY_MS_MIN),
      })),
    );
    if (points.length === 0) return undefined;
    return {
      title: `Event-loop delay of the server's thread while sessions expire (${results[0]?.variant})`,
      subtitle: 'worst delay in each 50 ms, logarithmic scale: lower is better',
      drawing: {
        width: 640,
        height: 300,
        data: { values: [...points] },
        mark: { type: 'line', strokeWidth: 1.6, interpolate: 'linear' },
        encoding: {
          x: { field: 'seconds', type: 'quantitative', title: 'time, seconds' },
          y: {
            field: 'ms',
            type: 'quantitative',
            title: 'event-loop delay, ms',
            scale: { type: 'log', domainMin: DELAY_MS_MIN, nice: true },
          },
          color: subjectColor(points),
        },
      },
    };
  },
};
