import type { Result, Sample, Spread } from '../report/results.js';

/** The runs of each subject at each variant of a scenario together, in the order in which they first came. */
export function aggregate(samples: readonly Sample[]): Result[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = JSON.stringify([sample.scenario, sample.variant, sample.subject]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [sample]);
    else group.push(sample);
  }
  return [...groups.values()].map(resultOf);
}

function resultOf(runs: readonly Sample[]): Result {
  const [first] = runs;
  if (first === undefined) throw new Error('expected a sample');
  const { scenario, variant, subject, metrics } = first;
  const names = Object.keys(metrics);
  return {
    scenario,
    variant,
    subject,
    runs: runs.length,
    metrics: Object.fromEntries(names.map((name) => [name, spreadOf(valuesOf(runs, name))])),
    series: medianRun(runs, names[0]).series ?? {},
  };
}

function valuesOf(runs: readonly Sample[], name: string): number[] {
  return runs.map(({ metrics }) => metrics[name] ?? Number.NaN);
}

/** Of an even number of values the median lies between two of them. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return {
    median: (lower + upper) / 2,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}

/** Of each metric, over turns that measured the same. */
export function mediansOf(turns: readonly Sample['metrics'][]): Sample['metrics'] {
  const names = Object.keys(turns[0] ?? {});
  const valuesOfTurns = (name: string) => turns.map((metrics) => metrics[name] ?? Number.NaN);
  return Object.fromEntries(names.map((name) => [name, spreadOf(valuesOfTurns(name)).median]));
}

/** The lower of two in the middle. */
function medianRun(runs: readonly Sample[], name: string | undefined): Pick<Sample, 'series'> {
  const readValue = ({ metrics }: Sample): number =>
    name === undefined ? 0 : (metrics[name] ?? 0);
  const sorted = [...runs].sort((a, b) => readValue(a) - readValue(b));
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? {};
}
