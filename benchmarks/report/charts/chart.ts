import type { BenchmarkReport } from '../results.js';
import { colorOf, inOrder } from '../subjects.js';

export interface Chart {
  readonly title: string;
  /** What of it is better, and what else the axes do not say. */
  readonly subtitle: string;
  /** In the language of vega-lite, without what all charts have in common. */
  readonly drawing: Readonly<Record<string, unknown>>;
}

/** One row of a chart's data. */
export type Point = Readonly<Record<string, string | number>>;

export interface ChartKind {
  readonly file: string;
  /** `undefined` if the report has not what the chart shows. */
  draw(report: BenchmarkReport): Chart | undefined;
}

/** The color channel of charts in which a color is a subject. */
export function subjectColor(points: readonly Point[], legend: object | null = {}) {
  const subjects = subjectsIn(points);
  return {
    field: 'subject',
    type: 'nominal',
    scale: { domain: subjects, range: subjects.map(colorOf) },
    legend: legend === null ? null : { title: null, orient: 'right', symbolSize: 120, ...legend },
  };
}

export function subjectsIn(points: readonly Point[]): string[] {
  return inOrder(points.map(({ subject }) => String(subject)));
}

/** A logarithmic scale has no zero, so values below `min` are drawn there. */
export function atLeast(value: number, min: number): number {
  return Math.max(value, min);
}
