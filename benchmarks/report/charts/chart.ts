import type { BenchmarkReport } from '../results.js';
import { colorOf, inOrder, OURS } from '../subjects.js';

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
export function subjectColor(points: readonly Point[]) {
  const subjects = subjectsIn(points);
  return {
    field: 'subject',
    type: 'nominal',
    scale: { domain: subjects, range: subjects.map(colorOf) },
    legend: { title: null, orient: 'right', symbolSize: 120, labelExpr: SUBJECT_LABEL },
  };
}

/** What stands for a subject at an axis or in a legend. */
export const SUBJECT_LABEL = `datum.label === '${OURS}' ? 'this package' : datum.label`;

export function subjectsIn(points: readonly Point[]): string[] {
  return inOrder(points.map(({ subject }) => String(subject)));
}

/** What is drawn last lies on top. */
export function oursLast<T extends { readonly subject: string }>(items: readonly T[]): T[] {
  const isOurs = ({ subject }: T): boolean => subject === OURS;
  return [...items.filter((item) => !isOurs(item)), ...items.filter(isOurs)];
}

/** A logarithmic axis of the points' `ms`, from a power of ten to another, with lines at these only. */
export function logMsAxis(points: readonly Point[], title: string) {
  const exponents = points.map(({ ms }) => Math.log10(Number(ms)));
  const first = Math.floor(Math.min(...exponents));
  const last = Math.max(first + 1, Math.ceil(Math.max(...exponents)));
  const values = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  return {
    field: 'ms',
    type: 'quantitative',
    title,
    scale: { type: 'log', domain: [values[0], values.at(-1)] },
    axis: { values, format: ',~r' },
  };
}

/** A logarithmic scale has no zero, so values below `min` are drawn there. */
export function atLeast(value: number, min: number): number {
  return Math.max(value, min);
}
