import { performance } from 'node:perf_hooks';
import { ShardedSessionStorageProvider } from '../../src/index.js';
import { RedisCluster } from '../redis-servers/redis-cluster.js';
import { waitUntil } from '../redis-servers/wait-until.js';
import { ClusterLoad } from './cluster-load.js';

export const FAULTS = ['kill', 'freeze', 'failover', 'move a slot'] as const;
export type Fault = (typeof FAULTS)[number];

const IDS = Array.from({ length: 300 }, (_, i) => `session-${i}`);
const PER_SECOND = 500;
/** Answered without an error before and after a fault. */
const IN_ORDER = 1_000;

export interface FaultReport {
  readonly operations: number;
  readonly failures: number;
  /** From the fault to the last failure of an operation. */
  readonly failedUntilMs: number;
  readonly slowestMs: number;
  /** Sessions older than what was acknowledged and replicated before the fault. */
  readonly lostReplicated: readonly string[];
  /** Sessions older than what was acknowledged. */
  readonly lost: readonly string[];
  readonly codes: readonly string[];
}

export interface FaultOptions {
  readonly requestTimeoutMs: number;
  readonly freezeMs: number;
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
  const replicated = new Map(load.acknowledged);
  await untilReplicated(cluster);
  const faultMs = performance.now();
  await bringAbout(fault, cluster, options);
  await load.untilInOrder(IN_ORDER);
  await load.stop();
  return {
    operations: load.operations,
    failures: load.failures.length,
    failedUntilMs: Math.max(0, ...load.failures.map(({ failedMs }) => failedMs - faultMs)),
    slowestMs: load.slowestMs,
    lostReplicated: await load.olderThan(replicated),
    lost: await load.olderThan(load.acknowledged),
    codes: [...new Set(load.failures.map(({ code }) => code))],
  };
}

function nodesOf({ processes }: RedisCluster): { host: string; port: number }[] {
  return processes.flatMap(({ address }) => ('port' in address ? [address] : []));
}

/** What was written before the call is on all replicas. */
async function untilReplicated(cluster: RedisCluster): Promise<void> {
  for (const { process: server, role } of await cluster.nodes()) {
    if (role !== 'primary') continue;
    await waitUntil('a replica that has all', async () => (await server.admin.wait(1, 1_000)) > 0);
  }
}

async function bringAbout(
  fault: Fault,
  cluster: RedisCluster,
  { freezeMs }: FaultOptions,
): Promise<void> {
  const primary = await cluster.primaryOf(`jstp:session:${IDS[0]}`);
  switch (fault) {
    case 'kill':
      await primary.kill();
      return;
    case 'freeze':
      await primary.freeze();
      await new Promise((resolve) => setTimeout(resolve, freezeMs));
      primary.thaw();
      return;
    case 'failover': {
      const [replica] = await cluster.replicasOf(primary);
      if (replica === undefined) throw new Error('expected a replica');
      await cluster.failover(replica);
      return;
    }
    case 'move a slot':
      await moveSlotsOf(IDS.slice(0, 40), cluster);
  }
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
