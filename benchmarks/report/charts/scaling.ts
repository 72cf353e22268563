import { countOf, medianOf, resultsOf } from '../selection.js';
import { colorOf, OURS } from '../subjects.js';
import type { ChartKind, Point } from './chart.js';

const OPERATIONS = { get: 'getsPerSecond', set: 'setsPerSecond' } as const;

export const scalingChart: ChartKind = {
  file: 'throughput-by-shards.svg',
  draw(report) {
    const results = resultsOf(report, 'scaling').filter(({ subject }) => subject === OURS);
    const points = results.flatMap<Point>((result) =>
      Object.entries(OPERATIONS).flatMap(([operation, metric]) => {
        const perSecond = medianOf(result, metric);
        const shards = countOf(result.variant);
        return perSecond === undefined ? [] : [{ operation, shards, thousands: perSecond / 1_000 }];
      }),
    );
    if (points.length === 0) return undefined;
    const { cores } = report.environment;
    return {
      title: `Throughput by shards, on ${cores} cores`,
      subtitle: '1,000 operations in flight, more is better',
      drawing: {
        width: 520,
        height: 300,
        data: { values: [...points] },
        mark: {
          type: 'line',
          point: { size: 70, color: colorOf(OURS) },
          color: colorOf(OURS),
          strokeWidth: 2,
        },
        encoding: {
          x: { field: 'shards', type: 'ordinal', title: 'shards', axis: { labelAngle: 0 } },
          y: { field: 'thousands', type: 'quantitative', title: 'thousand operations per second' },
          strokeDash: { field: 'operation', type: 'nominal', legend: { title: null } },
          shape: { field: 'operation', type: 'nominal' },
        },
      },
    };
  },
};
