import { countOf, medianOf, resultsOf } from '../selection.js';
import { type ChartKind, oursLast, type Point, subjectColor } from './chart.js';

const BYTES_PER_MB = 1e6;

export const memoryChart: ChartKind = {
  file: 'memory.svg',
  draw(report) {
    const points = oursLast(resultsOf(report, 'memory')).flatMap<Point>((result) => {
      const bytes = medianOf(result, 'rssBytesPerSession');
      const sessions = countOf(result.variant);
      if (bytes === undefined || sessions === 0) return [];
      return [{ subject: result.subject, sessions, mb: (bytes * sessions) / BYTES_PER_MB }];
    });
    if (points.length === 0) return undefined;
    return {
      title: 'Memory of the whole process by stored sessions',
      subtitle: 'resident set size, less is better',
      drawing: {
        width: 560,
        height: 320,
        data: { values: [...points] },
        mark: { type: 'line', point: { size: 60 }, strokeWidth: 2 },
        encoding: {
          x: {
            field: 'sessions',
            type: 'quantitative',
            title: 'stored sessions',
            axis: { format: '~s', values: [0, ...points.map(({ sessions }) => sessions ?? 0)] },
            scale: { domainMin: 0 },
          },
          y: { field: 'mb', type: 'quantitative', title: 'memory, MB' },
          color: subjectColor(points),
        },
      },
    };
  },
};
