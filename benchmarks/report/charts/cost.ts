import { medianOf, resultsOf, variantsOf } from '../selection.js';
import { type ChartKind, type Point, SUBJECT_LABEL, subjectColor, subjectsIn } from './chart.js';

const NS_PER_US = 1_000;
/** The axis is that much longer than the longest bar, which has its figure beside it. */
const ROOM_FOR_TEXT = 1.2;

export const costChart: ChartKind = {
  file: 'cost-per-cycle.svg',
  draw(report) {
    const results = resultsOf(report, 'churn').filter(({ subject }) => subject !== 'none');
    const points = results.flatMap<Point>((result) => {
      const ns = medianOf(result, 'cpuNsPerCycle');
      const { subject, variant } = result;
      return ns === undefined ? [] : [{ subject, variant, us: Math.max(0, ns / NS_PER_US) }];
    });
    if (points.length === 0) return undefined;
    const y = {
      field: 'subject',
      type: 'nominal',
      sort: subjectsIn(points),
      title: null,
      axis: { labelExpr: SUBJECT_LABEL },
    };
    const x = {
      field: 'us',
      type: 'quantitative',
      title: 'µs of main-thread CPU per cycle',
      scale: { domainMin: 0, domainMax: ROOM_FOR_TEXT * greatestOf(points) },
    };
    return {
      title: "What a restore cycle costs the server's thread",
      subtitle:
        "get + changed set + setInactive, load generator's own cost taken off: less is better",
      drawing: {
        data: { values: [...points] },
        facet: { column: { field: 'variant', title: null, sort: variantsOf(results) } },
        spec: {
          width: 200,
          height: { step: 26 },
          layer: [
            {
              mark: { type: 'bar', height: 18 },
              encoding: { y, x, color: { ...subjectColor(points), legend: null } },
            },
            {
              mark: { type: 'text', align: 'left', dx: 4, fontSize: 11 },
              encoding: { y, x, text: { field: 'us', format: '.1f' } },
            },
          ],
        },
      },
    };
  },
};

function greatestOf(points: readonly Point[]): number {
  return Math.max(...points.map(({ us }) => Number(us)));
}
