import { setImmediate } from 'node:timers/promises';
import type { JstpSession } from '../../src/index.js';
import { collectGarbage } from '../measuring/garbage-collection.js';
import type { Metrics } from '../measuring/metrics.js';
import { readProcessCpuNs, readThreadCpuNs } from '../measuring/thread-cpu.js';
import { createSession, idOf } from '../measuring/typical.js';
import type { Peer } from '../peers/peer.js';
import { assertStored, fill } from './filling.js';
import type { Measured, Scenario, ScenarioContext, Variant } from './scenario.js';

const DAY_MS = 86_400_000;
/** What is in flight is so many groups, each of which is followed by the next when all of it is done. */
const LANES = 10;
const GROUP = 100;

/** One phase, gets or sets: bursts until they have taken this long. */
const FULL_MS = 2_500;
const QUICK_MS = 50;

const SHARD_COUNTS = [1, 2, 4, 8];

export const throughput: Scenario = {
  name: 'throughput',
  title: '1,000 gets are in flight, then 1,000 sets, as fast as the store takes them',
  subjects: ['sharded', 'built-in strings', 'memorystore', 'lmdb', 'ioredis', 'node-redis'],
  variants: (quick) =>
    quick
      ? [{ name: '2k stored', sessions: 2_000, secondsPerRun: 1 }]
      : [{ name: '100k stored', sessions: 100_000, secondsPerRun: 11 }],
  run,
};

/** The same on a disk. What `set` resolves on is not the same for all: see `docs/benchmarks.md`. */
export const synced: Scenario = {
  name: 'synced',
  title: 'the same with stores that have their sessions on a disk',
  subjects: ['journal never', 'journal everysec', 'journal always', 'lmdb disk', 'lmdb synced'],
  variants: (quick) =>
    quick
      ? [{ name: '2k stored', sessions: 2_000, secondsPerRun: 1 }]
      : [{ name: '100k stored', sessions: 100_000, secondsPerRun: 15 }],
  run,
};

export const scaling: Scenario = {
  name: 'scaling',
  title: 'the same with different numbers of shards, and how busy these are',
  subjects: ['sharded'],
  variants: (quick) => {
    const shardCounts = quick ? SHARD_COUNTS.slice(0, 2) : SHARD_COUNTS;
    return shardCounts.map((shards) => scalingVariant(shards, quick));
  },
  run,
};

function scalingVariant(shards: number, quick: boolean): Variant {
  const sessions = quick ? 2_000 : 100_000;
  const name = `${shards} ${shards === 1 ? 'shard' : 'shards'}`;
  return { name, sessions, shards, secondsPerRun: quick ? 1 : 11 };
}

async function run({ kind, variant, quick, onProgress }: ScenarioContext): Promise<Measured> {
  const { sessions, shards } = variant;
  const peer = await kind.create({
    inactiveSessionLifetimeMs: DAY_MS,
    ...(shards === undefined ? {} : { shards }),
  });
  try {
    await fill(peer, 0, sessions, () => {});
    await assertStored(peer, sessions);
    const measuredMs = quick ? QUICK_MS : FULL_MS;
    onProgress(1, 3);
    await peer.shardUtilizations?.();
    const gets = await measureGets(peer, sessions, measuredMs);
    const getUtilization = await meanUtilization(peer);
    onProgress(2, 3);
    const sets = await measureSets(peer, sessions, measuredMs);
    await assertStored(peer, sessions);
    return {
      metrics: { ...ratesOf(gets, sets), ...getUtilization, ...limitOf(gets, sets, shards) },
    };
  } finally {
    await peer.close();
  }
}

/** Of sessions below number `sessions`, 1,000 in flight. */
export function measureGets(peer: Peer, sessions: number, measuredMs: number): Promise<Rate> {
  return measureBursts({
    sessions,
    measuredMs,
    prepare: collectGarbage,
    act: (first) => getGroup(peer, first, sessions),
  });
}

export function measureSets(peer: Peer, sessions: number, measuredMs: number): Promise<Rate> {
  const live = Array.from({ length: sessions }, (_, i) => createSession(idOf(i), i));
  return measureBursts({
    sessions,
    measuredMs,
    prepare: () => renew(live),
    act: (first) => setGroup(peer, live, first),
  });
}

interface Bursts {
  readonly sessions: number;
  readonly measuredMs: number;
  /** Not measured. */
  readonly prepare: () => void;
  /** Acts on the sessions from number `first` on, `GROUP` of them. */
  readonly act: (first: number) => Promise<unknown>;
}

export interface Rate {
  readonly perSecond: number;
  readonly cpuNs: number;
  /** On the other threads of the process. */
  readonly cpuNsElsewhere: number;
}

/** Acts on all sessions again and again. The first time, which is not measured, warms up. */
async function measureBursts({ sessions, measuredMs, prepare, act }: Bursts): Promise<Rate> {
  let ms = 0;
  let cpuNs = 0;
  let processCpuNs = 0;
  let operations = 0;
  for (let burst = 0; ms < measuredMs; burst++) {
    prepare();
    const startMs = performance.now();
    const startCpuNs = readThreadCpuNs();
    const startProcessCpuNs = readProcessCpuNs();
    await actInLanes(sessions, act);
    if (burst === 0) continue;
    processCpuNs += readProcessCpuNs() - startProcessCpuNs;
    cpuNs += readThreadCpuNs() - startCpuNs;
    ms += performance.now() - startMs;
    operations += sessions;
  }
  return {
    perSecond: (operations / ms) * 1e3,
    cpuNs: cpuNs / operations,
    cpuNsElsewhere: Math.max(0, processCpuNs - cpuNs) / operations,
  };
}

async function actInLanes(sessions: number, act: Bursts['act']): Promise<void> {
  let next = 0;
  const actOnRest = async (lane: number) => {
    // In one turn all lanes would go into one message, and each side would wait for the other.
    for (let turn = 0; turn < lane; turn++) await setImmediate();
    while (next < sessions) {
      const first = next;
      next += GROUP;
      await act(first);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, lane) => actOnRest(lane)));
}

/** In no order. */
function getGroup(peer: Peer, first: number, sessions: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let open = GROUP;
    const receive = (session: JstpSession | undefined) => {
      if (session === undefined) reject(new Error('expected a stored session'));
      else if (--open === 0) resolve();
    };
    for (let i = first; i < first + GROUP; i++) {
      peer.get(idOf(Math.floor(Math.random() * sessions)), receive);
    }
  });
}

async function setGroup(peer: Peer, live: readonly JstpSession[], first: number): Promise<void> {
  const stored: (Promise<unknown> | undefined)[] = [];
  for (const session of live.slice(first, first + GROUP)) {
    stored.push(peer.set(session.id, session));
  }
  await Promise.all(stored);
}

/** The host sets a session object once, and a store may have to do more for it then. */
function renew(sessions: readonly JstpSession[]): void {
  for (const session of sessions) session.buffer = new Map(session.buffer);
  collectGarbage();
}

async function meanUtilization(peer: Peer): Promise<Metrics> {
  const utilizations = await peer.shardUtilizations?.();
  if (utilizations === undefined) return {};
  const sum = utilizations.reduce((total, utilization) => total + utilization, 0);
  return { shardUtilization: sum / utilizations.length };
}

function ratesOf(gets: Rate, sets: Rate): Metrics {
  return {
    getsPerSecond: gets.perSecond,
    setsPerSecond: sets.perSecond,
    cpuNsPerGet: gets.cpuNs,
    cpuNsPerSet: sets.cpuNs,
    cpuNsPerGetElsewhere: gets.cpuNsElsewhere,
    cpuNsPerSetElsewhere: sets.cpuNsElsewhere,
  };
}

/**
 * With so many shards, each on a core of its own, the server's thread is the limit, if a get and a set
 * cost what they have cost here.
 */
function limitOf(gets: Rate, sets: Rate, shards: number | undefined): Metrics {
  if (shards === undefined) return {};
  const elsewhereNs = gets.cpuNsElsewhere + sets.cpuNsElsewhere;
  return { shardsAtLimit: elsewhereNs / (gets.cpuNs + sets.cpuNs) };
}
