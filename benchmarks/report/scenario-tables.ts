import type { Result } from './results.js';

/** What a scenario's table shows; the first column is what it is about. */
interface TableForm {
  readonly title: string;
  readonly columns: readonly string[];
}

const UNDER_CHURN = ['getP50Ms', 'getP99Ms', 'getP999Ms', 'getMaxMs'];
const COLUMNS_MAX = 8;

/** In the order of the report. Of other metrics `results.json` tells. */
const FORMS: Readonly<Record<string, TableForm>> = {
  churn: {
    title: 'Churn: sessions are restored, changed and stored again',
    columns: [
      'cpuNsPerCycle',
      'loopP99Ms',
      'loopMaxMs',
      ...UNDER_CHURN,
      'gcMaxMs',
      'cyclesPerSecond',
    ],
  },
  purge: {
    title: 'Purge: all sessions expire at once, under churn on others',
    columns: [
      'loopMaxMs',
      'loopP999Ms',
      'loopP99Ms',
      'getP999Ms',
      'getMaxMs',
      'gcMaxMs',
      'cyclesPerSecond',
    ],
  },
  load: {
    title: 'Load: a store is filled while others read',
    columns: ['getMaxMs', 'getP999Ms', 'getP99Ms', 'loopMaxMs', 'loadSeconds', 'setsPerSecond'],
  },
  storm: {
    title: 'Storm: sessions are closed in one burst, then restored in one burst',
    columns: ['restoreMs', 'closeMs', 'loopMaxMs', 'getP99Ms', 'getMaxMs'],
  },
  memory: {
    title: 'Memory',
    columns: ['rssBytesPerSession', 'heapBytesPerSession', 'rssPeakBytesPerSession'],
  },
  jstp: {
    title: 'JSTP end to end: a bystander while clients reconnect and all other sessions expire',
    columns: [
      'purgeBystanderMaxMs',
      'purgeBystanderP99Ms',
      'purgeBystanderP50Ms',
      'bystanderMaxMs',
      'bystanderP999Ms',
      'bystanderP99Ms',
      'bystanderP50Ms',
      'reconnectP99Ms',
      'cpuNsPerReconnect',
    ],
  },
  throughput: {
    title: 'Throughput: 1,000 operations in flight',
    columns: [
      'getsPerSecond',
      'setsPerSecond',
      'cpuNsPerGet',
      'cpuNsPerSet',
      'cpuNsPerGetElsewhere',
      'cpuNsPerSetElsewhere',
    ],
  },
  scaling: {
    title: 'Scaling: 1,000 operations in flight, by number of shards',
    columns: [
      'getsPerSecond',
      'setsPerSecond',
      'cpuNsPerGet',
      'cpuNsPerSet',
      'shardUtilization',
      'shardsAtLimit',
    ],
  },
  journal: {
    title: 'Journal beside the memory store, in turn in one process',
    columns: [
      'cpuOverMemory',
      'getsOverMemory',
      'setsOverMemory',
      'cpuNsPerCycle',
      'cpuNsPerCycleOwn',
    ],
  },
  synced: {
    title: 'On a disk: 1,000 operations in flight',
    columns: [
      'setsPerSecond',
      'getsPerSecond',
      'cpuNsPerSet',
      'cpuNsPerGet',
      'cpuNsPerSetElsewhere',
      'cpuNsPerGetElsewhere',
    ],
  },
  restart: {
    title: 'Restart: a new process opens the files of the one before',
    columns: ['readySeconds', 'readyCpuSeconds', 'firstGetMs'],
  },
  redis: {
    title: "Redis: shards beside ioredis on the server's thread, in turn on one server",
    columns: [
      'cpuOverIoredis',
      'getsOverIoredis',
      'setsOverIoredis',
      'cpuNsPerCycle',
      'getsPerSecond',
      'setsPerSecond',
    ],
  },
  latency: {
    title: 'Latency: one request pending',
    columns: ['getOverPingPong', 'getP50Us', 'pingPongP50Us'],
  },
  codec: { title: 'Codec: a typical session', columns: ['packUnpackNs'] },
  micro: { title: 'Single operations', columns: ['nsPerOperation', 'marginPercent'] },
};

/** Known scenarios in their order, then the others as they come. */
export function scenariosInOrder(results: readonly Result[]): string[] {
  const present = new Set(results.map(({ scenario }) => scenario));
  const known = Object.keys(FORMS);
  return [
    ...known.filter((name) => present.has(name)),
    ...[...present].filter((name) => !known.includes(name)),
  ];
}

/** The known ones that are not among `present`. */
export function scenariosWithout(present: readonly string[]): string[] {
  return Object.keys(FORMS).filter((name) => !present.includes(name));
}

export function titleOf(scenario: string): string {
  return FORMS[scenario]?.title ?? scenario;
}

/** The metrics that at least one of the results has. */
export function columnsOf(scenario: string, results: readonly Result[]): string[] {
  const present = new Set(results.flatMap(({ metrics }) => Object.keys(metrics)));
  const columns = FORMS[scenario]?.columns ?? [...present].slice(0, COLUMNS_MAX);
  return columns.filter((column) => present.has(column));
}
