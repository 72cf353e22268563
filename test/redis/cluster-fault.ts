import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { ShardedSessionStorageProvider } from '../../src/index.js';
import { RedisCluster } from '../redis-servers/redis-cluster.js';
import type { RedisProcess } from '../redis-servers/redis-process.js';
import { waitUntil } from '../redis-servers/wait-until.js';
import { ClusterLoad } from './cluster-load.js';

export const FAULTS = [
  'kill',
  'kill with its replica behind',
  'freeze',
  'failover',
  'move a slot',
] as const;
export type Fault = (typeof FAULTS)[number];

const IDS = Array.from({ length: 301 }, (_, i) => `session-${i}`);
const PER_SECOND = 500;
/** Answered without an error before and after a fault. */
const IN_ORDER = 1_000;

export interface FaultReport {
  readonly operations: number;
  readonly failures: number;
  /** From the fault to the last failure of an operation. */
  readonly failedUntilMs: number;
  /** From the fault until a replica had taken the primary's place; 0 if there was no need to. */
  readonly takenOverMs: number;
  readonly slowestMs: number;
  /** Sessions that were found older than what was acknowledged. */
  readonly lost: readonly string[];
  /** And older than what was acknowledged and replicated before the fault. */
  readonly lostReplicated: readonly string[];
  readonly codes: readonly string[];
}

export interface FaultOptions {
  readonly requestTimeoutMs: number;
  /** A primary is frozen. */
  readonly freezeMs: number;
  /** The replica gets nothing before its primary is killed. */
  readonly behindMs: number;
}

/** What one fault of a cluster of three primaries and three replicas does to 500 operations a second. */
export async function measureFault(fault: Fault, options: FaultOptions): Promise<FaultReport> {
  await using cluster = await RedisCluster.start();
  await using provider = new ShardedSessionStorageProvider({
    shards: 2,
    requestTimeout: options.requestTimeoutMs,
    store: { kind: 'redis', cluster: nodesOf(cluster) },
  });
  provider.on('error', () => {});
  await provider.ready;
  const load = new ClusterLoad({ provider, ids: IDS, perSecond: PER_SECOND });
  load.start();
  await load.untilInOrder(IN_ORDER);
  await load.untilReplicated(() => replicate(cluster));
  const { faultMs, takenOverMs } = await bringAbout(fault, { cluster, load, options });
  await load.untilInOrder(IN_ORDER);
  await load.stop();
  return {
    operations: load.operations,
    failures: load.failures.length,
    failedUntilMs: Math.max(0, ...load.failures.map(({ failedMs }) => failedMs - faultMs)),
    takenOverMs: takenOverMs - faultMs,
    slowestMs: load.slowestMs,
    lost: load.lost,
    lostReplicated: load.lostReplicated,
    codes: [...new Set(load.failures.map(({ code }) => code))],
  };
}

/** For the option `cluster`. */
export function nodesOf({ processes }: RedisCluster): { host: string; port: number }[] {
  return processes.flatMap(({ address }) => ('port' in address ? [address] : []));
}

/** What was written before the call is on all replicas. */
async function replicate(cluster: RedisCluster): Promise<void> {
  for (const { process: server, role } of await cluster.nodes()) {
    if (role !== 'primary') continue;
    await waitUntil('a replica that has all', async () => (await server.admin.wait(1, 1_000)) > 0);
  }
}

interface FaultTimes {
  readonly faultMs: number;
  readonly takenOverMs: number;
}

interface Surroundings {
  readonly cluster: RedisCluster;
  readonly load: ClusterLoad;
  readonly options: FaultOptions;
}

async function bringAbout(
  fault: Fault,
  { cluster, load, options }: Surroundings,
): Promise<FaultTimes> {
  const { freezeMs, behindMs } = options;
  const key = `jstp:session:${IDS[0]}`;
  const primary = await cluster.primaryOf(key);
  if (fault === 'kill with its replica behind') {
    await leaveBehind(primary);
    // In the slot of that key, so it is lost for certain.
    await load.setOnce(`{${key}}`);
    await setTimeout(behindMs);
  }
  const faultMs = performance.now();
  switch (fault) {
    case 'kill':
    case 'kill with its replica behind':
      await primary.kill();
      await cluster.primaryOf(key);
      return { faultMs, takenOverMs: performance.now() };
    case 'freeze': {
      await primary.freeze();
      await cluster.primaryOf(key);
      const takenOverMs = performance.now();
      await setTimeout(Math.max(0, faultMs + freezeMs - takenOverMs));
      primary.thaw();
      return { faultMs, takenOverMs };
    }
    case 'failover': {
      const [replica] = await cluster.replicasOf(primary);
      if (replica === undefined) throw new Error('expected a replica');
      await cluster.failover(replica);
      return { faultMs, takenOverMs: faultMs };
    }
    case 'move a slot':
      await moveSlotsOf(IDS.slice(0, 40), cluster);
      return { faultMs, takenOverMs: faultMs };
  }
}

/** Its replica is not let in again. A replica that is only frozen finds all in its socket. */
async function leaveBehind(primary: RedisProcess): Promise<void> {
  await primary.admin.config('SET', 'requirepass', 'unknown to the replica');
  await primary.admin.call('CLIENT', 'KILL', 'TYPE', 'replica');
}

/** To any other primary, one after the other. */
async function moveSlotsOf(ids: readonly string[], cluster: RedisCluster): Promise<void> {
  for (const id of ids) {
    const slot = await cluster.slotOf(`jstp:session:${id}`);
    const owner = await cluster.primaryOf(slot);
    const others = (await cluster.nodes()).filter(
      ({ role, process: server }) => role === 'primary' && server !== owner,
    );
    const [other] = others;
    if (other !== undefined) await cluster.moveSlot(slot, other.process);
  }
}
