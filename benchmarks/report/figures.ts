import type { BenchmarkReport, Result } from './results.js';
import { atLargest, medianOf, resultsOf } from './selection.js';
import { isPeer, OURS } from './subjects.js';

/** A figure that the store is to reach. */
export interface Figure {
  readonly name: string;
  readonly goal: number;
  /** Whether less or more is better. */
  readonly limit: 'at most' | 'at least';
  /** Of `goal`, and of the metrics times `scale`. */
  readonly unit: string;
  readonly scale: number;
  /** Where it is read: at the largest variant, and the greatest value if there are several. */
  readonly sources: readonly { readonly scenario: string; readonly metric: string }[];
  /** Which of ours it is measured of; default: `sharded`. */
  readonly subject?: string;
  /** It must also be so many times better than the best peer that ran. */
  readonly advantageMin?: number;
}

export interface Verdict {
  readonly figure: Figure;
  /** The variants that it was read at; empty if it was not measured. */
  readonly variants: readonly string[];
  /** Median over the runs, in the figure's unit. */
  readonly measured?: number;
  readonly verdict: 'reached' | 'not reached' | 'not measured';
  readonly bestPeer?: { readonly subject: string; readonly measured: number };
  /** How many times better ours is than the best peer; below 1 the peer is ahead. */
  readonly advantage?: number;
}

export const FIGURES: readonly Figure[] = [
  {
    name: "main-thread CPU per restore cycle, load generator's own cost taken off",
    ...atMost(4, 'µs', 1e-3),
    sources: [{ scenario: 'churn', metric: 'cpuNsPerCycle' }],
  },
  {
    name: 'worst event-loop stall under that churn, a purge of all sessions included',
    ...atMost(5, 'ms'),
    sources: [
      { scenario: 'churn', metric: 'loopMaxMs' },
      { scenario: 'purge', metric: 'loopMaxMs' },
    ],
  },
  {
    name: 'get throughput with codec, 1,000 in flight',
    ...atLeast(600, 'k/s', 1e-3),
    sources: [{ scenario: 'throughput', metric: 'getsPerSecond' }],
  },
  {
    name: 'set throughput with codec, 1,000 in flight',
    ...atLeast(600, 'k/s', 1e-3),
    sources: [{ scenario: 'throughput', metric: 'setsPerSecond' }],
  },
  {
    name: 'get latency p99.9 under that churn',
    ...atMost(5, 'ms'),
    sources: [{ scenario: 'churn', metric: 'getP999Ms' }],
  },
  {
    name: 'worst get latency while loading',
    ...atMost(25, 'ms'),
    sources: [{ scenario: 'load', metric: 'getMaxMs' }],
  },
  {
    name: 'memory per stored session, whole process',
    ...atMost(300, 'B'),
    sources: [{ scenario: 'memory', metric: 'rssBytesPerSession' }],
  },
  {
    name: 'codec, pack + unpack, typical session',
    ...atMost(1.6, 'µs', 1e-3),
    sources: [{ scenario: 'codec', metric: 'packUnpackNs' }],
  },
  {
    name: 'one request pending: get latency over a bare port ping-pong',
    ...atMost(1.2, 'x'),
    sources: [{ scenario: 'latency', metric: 'getOverPingPong' }],
  },
  {
    name: 'journal everysec: main-thread CPU per restore cycle over that with the memory store',
    ...atMost(1.05, 'x'),
    sources: [{ scenario: 'journal', metric: 'cpuOverMemory' }],
    subject: 'journal everysec',
  },
  {
    name: 'journal everysec: get throughput over that with the memory store',
    ...atLeast(0.7, 'x'),
    sources: [{ scenario: 'journal', metric: 'getsOverMemory' }],
    subject: 'journal everysec',
  },
  {
    name: 'journal everysec: set throughput over that with the memory store',
    ...atLeast(0.7, 'x'),
    sources: [{ scenario: 'journal', metric: 'setsOverMemory' }],
    subject: 'journal everysec',
  },
  {
    name: 'journal always: sets that are acknowledged when they are synced, 1,000 in flight',
    ...atLeast(100, 'k/s', 1e-3),
    sources: [{ scenario: 'synced', metric: 'setsPerSecond' }],
    subject: 'journal always',
    advantageMin: 2,
  },
  {
    name: 'restart: a journal is loaded',
    ...atMost(3, 's'),
    sources: [{ scenario: 'restart', metric: 'readySeconds' }],
    subject: 'journal everysec',
  },
  {
    name: 'redis: main-thread CPU per restore cycle over that of ioredis on the main thread',
    ...atMost(0.5, 'x'),
    sources: [{ scenario: 'redis', metric: 'cpuOverIoredis' }],
    subject: 'redis',
  },
  {
    name: 'redis: get throughput over that of ioredis on the main thread',
    ...atLeast(2, 'x'),
    sources: [{ scenario: 'redis', metric: 'getsOverIoredis' }],
    subject: 'redis',
  },
  {
    name: 'redis: set throughput over that of ioredis on the main thread',
    ...atLeast(2, 'x'),
    sources: [{ scenario: 'redis', metric: 'setsOverIoredis' }],
    subject: 'redis',
  },
];

/** One for each figure, measured or not. */
export function judge(report: BenchmarkReport): readonly Verdict[] {
  return FIGURES.map((figure) => judgeFigure(figure, report));
}

function judgeFigure(figure: Figure, report: BenchmarkReport): Verdict {
  const { subject = OURS, advantageMin = 0 } = figure;
  const results = figure.sources.map(({ scenario }) =>
    atLargest(resultsOf(report, scenario), subject),
  );
  const measured = read(figure, results, subject);
  if (measured === undefined) return { figure, variants: [], verdict: 'not measured' };
  const compared = compare(figure, results, measured);
  const isInLimit = figure.limit === 'at most' ? measured <= figure.goal : measured >= figure.goal;
  const reached = isInLimit && (compared.advantage ?? advantageMin) >= advantageMin;
  return {
    figure,
    variants: [...new Set(results.flatMap(([first]) => first?.variant ?? []))],
    measured,
    verdict: reached ? 'reached' : 'not reached',
    ...compared,
  };
}

function compare(
  figure: Figure,
  results: readonly (readonly Result[])[],
  ours: number,
): Pick<Verdict, 'bestPeer' | 'advantage'> {
  const advantageOver = (theirs: number) =>
    figure.limit === 'at most' ? theirs / ours : ours / theirs;
  const subjects = new Set(results.flat().map(({ subject }) => subject));
  const peers = [...subjects].filter(isPeer).flatMap((subject) => {
    const measured = read(figure, results, subject);
    // What is not above zero is noise, and no ratio can be made of it.
    return measured === undefined || measured <= 0 ? [] : [{ subject, measured }];
  });
  peers.sort((a, b) => advantageOver(a.measured) - advantageOver(b.measured));
  const [bestPeer] = peers;
  return bestPeer === undefined || ours <= 0
    ? {}
    : { bestPeer, advantage: advantageOver(bestPeer.measured) };
}

/** `undefined` unless the subject has a value at every source. */
function read(
  { sources, scale }: Figure,
  results: readonly (readonly Result[])[],
  subject: string,
): number | undefined {
  const values = sources.map(({ metric }, i) => {
    const result = results[i]?.find((candidate) => candidate.subject === subject);
    return (result && medianOf(result, metric)) ?? Number.NaN;
  });
  const greatest = Math.max(...values) * scale;
  return Number.isNaN(greatest) ? undefined : greatest;
}

function atMost(goal: number, unit: string, scale = 1) {
  return { limit: 'at most', goal, unit, scale } as const;
}

function atLeast(goal: number, unit: string, scale = 1) {
  return { limit: 'at least', goal, unit, scale } as const;
}
