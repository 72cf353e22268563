import type { BenchmarkReport, Result } from './results.js';
import { OURS } from './subjects.js';

const SUFFIXES: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6 };

/** The number that a variant's name begins with: 3,000,000 of `3M stored`, 4 of `4 shards`. */
export function countOf(variant: string): number {
  const [, digits, suffix = ''] = /^([\d.,]+)\s?([kM]?)\b/.exec(variant) ?? [];
  const count = Number(digits?.replaceAll(',', '')) * (SUFFIXES[suffix] ?? 1);
  return Number.isNaN(count) ? 0 : count;
}

export function resultsOf(report: BenchmarkReport, scenario: string): readonly Result[] {
  return report.results.filter((result) => result.scenario === scenario);
}

/** From small to large. */
export function variantsOf(results: readonly Result[]): string[] {
  const variants = [...new Set(results.map(({ variant }) => variant))];
  return variants.sort((a, b) => countOf(a) - countOf(b));
}

/** At the largest variant that ours ran at, which may be under another name; empty if it did not run. */
export function atLargest(results: readonly Result[], ours: string = OURS): readonly Result[] {
  const largest = variantsOf(results.filter(({ subject }) => subject === ours)).at(-1);
  return results.filter(({ variant }) => variant === largest);
}

/** At the variant that the most subjects ran at, and the largest of several such. */
export function atMostCompared(results: readonly Result[]): readonly Result[] {
  const byVariant = variantsOf(results).map((variant) =>
    results.filter((result) => result.variant === variant),
  );
  return byVariant.reduce((best, next) => (next.length >= best.length ? next : best), []);
}

export function medianOf(result: Result, metric: string): number | undefined {
  const median = result.metrics[metric]?.median;
  return median !== undefined && Number.isFinite(median) ? median : undefined;
}
