/** How a metric is shown: its value times `scale` is in `unit`. */
export interface Shown {
  readonly title: string;
  readonly unit: string;
  readonly scale: number;
}

const KNOWN: Readonly<Record<string, Shown>> = {
  cpuNsPerCycle: micros('main-thread CPU per cycle'),
  cpuNsPerCycleGross: micros('main-thread CPU per cycle, with the load generator'),
  cpuNsPerCycleOwn: micros("load generator's CPU per cycle"),
  processCpuNsPerCycle: micros('CPU of all threads per cycle'),
  cpuNsPerReconnect: micros('main-thread CPU per reconnect'),
  cpuNsPerGet: micros('main-thread CPU per get'),
  cpuNsPerSet: micros('main-thread CPU per set'),
  cpuNsPerGetElsewhere: micros('CPU of other threads per get'),
  cpuNsPerSetElsewhere: micros('CPU of other threads per set'),
  cpuNsPerClose: micros('main-thread CPU per close'),
  cpuNsPerRestore: micros('main-thread CPU per restore'),
  packUnpackNs: micros('pack + unpack'),
  nsPerOperation: { title: 'time per operation', unit: 'ns', scale: 1 },
  marginPercent: { title: 'margin', unit: '%', scale: 1 },
  getP50Us: { title: 'get, median', unit: 'µs', scale: 1 },
  pingPongP50Us: { title: 'bare port ping-pong, median', unit: 'µs', scale: 1 },
  getOverPingPong: { title: 'get over ping-pong', unit: 'x', scale: 1 },
  cpuOverMemory: { title: 'CPU per cycle over memory store', unit: 'x', scale: 1 },
  getsOverMemory: { title: 'gets over memory store', unit: 'x', scale: 1 },
  setsOverMemory: { title: 'sets over memory store', unit: 'x', scale: 1 },
  cpuOverIoredis: { title: 'CPU per cycle over ioredis', unit: 'x', scale: 1 },
  getsOverIoredis: { title: 'gets over ioredis', unit: 'x', scale: 1 },
  setsOverIoredis: { title: 'sets over ioredis', unit: 'x', scale: 1 },
  readySeconds: { title: 'ready', unit: 's', scale: 1 },
  readyCpuSeconds: { title: 'CPU until ready', unit: 's', scale: 1 },
  firstGetMs: { title: 'first get after that', unit: 'ms', scale: 1 },
  getsPerSecond: thousandPerSecond('gets'),
  setsPerSecond: thousandPerSecond('sets'),
  cyclesPerSecond: thousandPerSecond('cycles'),
  reconnectsPerSecond: { title: 'reconnects', unit: '/s', scale: 1 },
  rssBytesPerSession: { title: 'process memory per session', unit: 'B', scale: 1 },
  heapBytesPerSession: { title: 'main-thread heap per session', unit: 'B', scale: 1 },
  rssGrowthBytesPerSession: { title: 'growth of process memory', unit: 'B/session', scale: 1 },
  rssPeakBytesPerSession: { title: 'peak of process memory', unit: 'B/session', scale: 1 },
  shardUtilization: { title: 'event-loop utilization of a shard', unit: '%', scale: 100 },
  shardsAtLimit: { title: "shards at which the server's thread is the limit", unit: '', scale: 1 },
  loadSeconds: { title: 'time', unit: 's', scale: 1 },
  closeMs: { title: 'time to close all', unit: 'ms', scale: 1 },
  restoreMs: { title: 'time to restore all', unit: 'ms', scale: 1 },
  gcMs: { title: 'garbage collection', unit: 'ms', scale: 1 },
  gcMaxMs: { title: 'longest garbage collection', unit: 'ms', scale: 1 },
  gcMsPerSecond: { title: 'garbage collection', unit: 'ms/s', scale: 1 },
};

const LATENCY = /^(.+?)(P50|P99|P999|Max)Ms$/;
const QUANTILES: Readonly<Record<string, string>> = {
  P50: 'p50',
  P99: 'p99',
  P999: 'p99.9',
  Max: 'worst',
};
const SUBJECTS_OF_LATENCY: Readonly<Record<string, string>> = {
  loop: 'event-loop delay',
  closeLoop: 'event-loop delay, closing',
  restoreLoop: 'event-loop delay, restoring',
  bystander: "bystander's call",
  purgeBystander: "bystander's call during the purge",
};

export function shownAs(metric: string): Shown {
  return KNOWN[metric] ?? shownAsLatency(metric) ?? { title: wordsOf(metric), unit: '', scale: 1 };
}

/** `title, unit`. */
export function headingOf(metric: string): string {
  const { title, unit } = shownAs(metric);
  return unit === '' ? title : `${title}, ${unit}`;
}

/** Three digits that say something, or more before the point. */
export function formatValue(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  if (size === 0) return '0';
  return size >= 10 ? value.toFixed(1) : value.toFixed(size >= 0.1 ? 2 : 4);
}

function shownAsLatency(metric: string): Shown | undefined {
  const [, of = '', quantile = ''] = LATENCY.exec(metric) ?? [];
  if (of === '') return undefined;
  const title = `${SUBJECTS_OF_LATENCY[of] ?? wordsOf(of)} ${QUANTILES[quantile]}`;
  return { title, unit: 'ms', scale: 1 };
}

function wordsOf(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
}

function micros(title: string): Shown {
  return { title, unit: 'µs', scale: 1e-3 };
}

function thousandPerSecond(title: string): Shown {
  return { title, unit: 'k/s', scale: 1e-3 };
}
