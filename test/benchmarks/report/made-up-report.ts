import type {
  BenchmarkReport,
  Environment,
  Result,
  Spread,
} from '../../../benchmarks/report/results.js';

const ENVIRONMENT: Environment = {
  processor: 'Example 3000',
  cores: 4,
  memoryBytes: 16 * 2 ** 30,
  system: 'linux 6.1',
  load: 0.25,
  node: 'v20.20.0',
  versions: { lmdb: '3.5.6', 'redis-server': '7.0.15' },
  commit: 'abcdef0',
  date: '2026-01-02T03:04:05.000Z',
  quick: false,
};

/** A report of these results, on a machine that there is not. */
export function reportOf(
  results: readonly Result[],
  more: Partial<Omit<BenchmarkReport, 'results'>> = {},
): BenchmarkReport {
  return { environment: ENVIRONMENT, results, skipped: [], ...more };
}

/** `scenario/variant/subject`, and medians; the runs are a tenth below and above. */
export function resultOf(
  path: string,
  medians: Readonly<Record<string, number>>,
  series: Result['series'] = {},
): Result {
  const [scenario = '', variant = '', subject = ''] = path.split('/');
  const metrics = Object.fromEntries(
    Object.entries(medians).map(([name, median]) => [name, spreadAround(median)]),
  );
  return { scenario, variant, subject, runs: 2, metrics, series };
}

function spreadAround(median: number): Spread {
  return { median, min: median * 0.9, max: median * 1.1 };
}

/** All scenarios that there are charts and figures of. */
export function wholeReport(): BenchmarkReport {
  return reportOf(
    [
      ...churnResults(),
      ...purgeResults(),
      resultOf('load/3M stored/sharded', { getMaxMs: 21, loadSeconds: 9, setsPerSecond: 333_000 }),
      resultOf('load/3M stored/built-in', { getMaxMs: 300, loadSeconds: 7, setsPerSecond: 4e5 }),
      ...memoryResults(),
      ...[1, 2, 4, 8].map((shards) =>
        resultOf(`scaling/${shards} shards/sharded`, {
          getsPerSecond: 200_000 * shards ** 0.5,
          setsPerSecond: 170_000 * shards ** 0.5,
        }),
      ),
      resultOf('throughput/1,000 in flight/sharded', { getsPerSecond: 7e5, setsPerSecond: 5e5 }),
      resultOf('throughput/1,000 in flight/lmdb', { getsPerSecond: 3e5, setsPerSecond: 1.7e5 }),
      ...jstpResults(),
    ],
    {
      skipped: [
        { scenario: 'churn', subject: 'ioredis', reason: 'redis-server is not installed' },
        { scenario: 'load', variant: '3M stored', subject: 'memorystore', reason: 'a | died\nso' },
      ],
    },
  );
}

function churnResults(): Result[] {
  const cpuUs = { sharded: 3.5, 'built-in': 8.4, 'built-in strings': 21, lmdb: 10.6, map: 2 };
  return ['1M stored', '3M stored'].flatMap((variant, size) =>
    Object.entries(cpuUs).map(([subject, us]) =>
      resultOf(`churn/${variant}/${subject}`, {
        cpuNsPerCycle: us * 1_000 * (1 + size / 5),
        loopMaxMs: us,
        getP50Ms: us / 10,
        getP99Ms: us / 2,
        getP999Ms: us * 1.5,
        getMaxMs: us * 3,
      }),
    ),
  );
}

function purgeResults(): Result[] {
  const loopMaxMs = (stallMs: number) =>
    Array.from({ length: 200 }, (_, i): [number, number] => [
      i / 20 - 3,
      i === 90 ? stallMs : 0.3 + (i % 7) / 10,
    ]);
  return [
    resultOf('purge/3M stored/sharded', { loopMaxMs: 4.1 }, { loopMaxMs: loopMaxMs(4.1) }),
    resultOf('purge/3M stored/built-in', { loopMaxMs: 1_300 }, { loopMaxMs: loopMaxMs(1_300) }),
  ];
}

function memoryResults(): Result[] {
  const bytes = { sharded: 280, 'built-in': 990, ioredis: 350 };
  return ['1M stored', '3M stored'].flatMap((variant) =>
    Object.entries(bytes).map(([subject, rssBytesPerSession]) =>
      resultOf(`memory/${variant}/${subject}`, { rssBytesPerSession }),
    ),
  );
}

function jstpResults(): Result[] {
  const worstMs = { sharded: 6, 'built-in': 1_400, 'built-in strings': 900 };
  return Object.entries(worstMs).map(([subject, purgeBystanderMaxMs]) =>
    resultOf(`jstp/3M stored/${subject}`, {
      purgeBystanderMaxMs,
      purgeBystanderP50Ms: 0.3,
      purgeBystanderP99Ms: purgeBystanderMaxMs / 3,
      purgeBystanderP999Ms: purgeBystanderMaxMs / 2,
      bystanderMaxMs: 9,
      bystanderP50Ms: 0.3,
      bystanderP99Ms: 2,
      bystanderP999Ms: 5,
    }),
  );
}
