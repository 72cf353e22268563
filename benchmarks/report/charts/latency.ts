import { atMostCompared, resultsOf } from '../selection.js';
import type { ChartKind } from './chart.js';
import { drawQuantiles, quantilesOf } from './quantiles.js';

export const latencyChart: ChartKind = {
  file: 'get-latency.svg',
  draw(report) {
    const results = atMostCompared(
      resultsOf(report, 'churn').filter(({ subject }) => subject !== 'none'),
    );
    const points = quantilesOf(results, 'get');
    if (points.length === 0) return undefined;
    return {
      title: `Latency of get under churn (${results[0]?.variant})`,
      subtitle: 'from when it was due to its answer, logarithmic scale: lower is better',
      drawing: {
        width: 520,
        height: 320,
        data: { values: [...points] },
        ...drawQuantiles(points, 'latency, ms'),
      },
    };
  },
};
