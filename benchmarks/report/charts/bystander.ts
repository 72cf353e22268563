import { atLargest, resultsOf } from '../selection.js';
import type { ChartKind } from './chart.js';
import { drawQuantiles, quantilesOf } from './quantiles.js';

/** In the order of time. */
const PARTS = {
  bystander: 'others reconnect',
  purgeBystander: 'others reconnect, stored sessions expire',
} as const;

export const bystanderChart: ChartKind = {
  file: 'bystander-latency.svg',
  draw(report) {
    const results = atLargest(resultsOf(report, 'jstp'));
    const points = Object.entries(PARTS).flatMap(([prefix, part]) =>
      quantilesOf(results, prefix, { part }),
    );
    if (points.length === 0) return undefined;
    return {
      title: `Latency of a bystander's calls to a JSTP server (${results[0]?.variant})`,
      subtitle: 'a client that only calls a method, logarithmic scale: lower is better',
      drawing: {
        data: { values: [...points] },
        facet: { column: { field: 'part', title: null, sort: Object.values(PARTS) } },
        spec: { width: 280, height: 300, ...drawQuantiles(points, 'latency, ms') },
      },
    };
  },
};
