import {
  areAgreed,
  areAllSlotsServed,
  type ClusterNode,
  type ClusterView,
  isInOrder,
  SLOTS,
  viewOf,
} from './cluster-view.js';
import type { RedisProcessOptions } from './redis-config.js';
import { RedisProcess } from './redis-process.js';
import { waitFor, waitUntil } from './wait-until.js';

const MIGRATE_MS_MAX = 5_000;
// It is given up if the other primaries do not vote, as they do not soon after another failover.
const FAILOVER_MS_MAX = 6_000;

export interface RedisClusterOptions {
  /** 3 by default. */
  readonly primaries?: number;
  /** 1 by default. */
  readonly replicasPerPrimary?: number;
  /** After which silence a node counts as down; 2,000 by default. */
  readonly nodeTimeoutMs?: number;
  /** `'tcp'` by default. */
  readonly listen?: 'tcp' | 'tls';
  readonly credentials?: RedisProcessOptions['credentials'];
  readonly config?: readonly string[];
}

/**
 * What has been done of a slot's move: both nodes know of it, a part of the keys has moved, all keys have, the
 * new owner knows that it is that (and tells the others), the old owner has been told as well.
 */
export type MoveStep = 'opened' | 'some keys moved' | 'keys moved' | 'taken' | 'given';

export interface MoveOptions {
  /** The move waits for it. */
  readonly afterStep?: (step: MoveStep) => void | Promise<void>;
  /** How many keys go at once; 10 by default. */
  readonly keysAtOnce?: number;
}

/**
 * A cluster of processes of this machine. A node is killed, frozen, thawed and restarted by its own process;
 * one that is killed or frozen is not asked here.
 */
export class RedisCluster {
  readonly processes: readonly RedisProcess[];

  private constructor(processes: readonly RedisProcess[]) {
    this.processes = processes;
  }

  /** Resolves when all slots are served and all replicas are in sync. */
  static async start(options: RedisClusterOptions = {}): Promise<RedisCluster> {
    const { primaries = 3, replicasPerPrimary = 1 } = options;
    const nodeOptions = nodeOptionsOf(options);
    const starts = Array.from({ length: primaries * (1 + replicasPerPrimary) }, () =>
      RedisProcess.start(nodeOptions),
    );
    const started = await Promise.allSettled(starts);
    const processes = started.flatMap((start) => (start.status === 'fulfilled' ? start.value : []));
    const cluster = new RedisCluster(processes);
    try {
      await Promise.all(starts);
      await cluster.#form(primaries);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** The nodes that answer, with the roles that they have now. */
  async nodes(): Promise<ClusterNode[]> {
    return (await this.#views()).map(({ own }) => own);
  }

  /** The node that serves the slot, or the slot of the key; waits while none does. */
  async primaryOf(slotOrKey: number | string): Promise<RedisProcess> {
    const { process } = await this.#ownerOf(await this.slotOf(slotOrKey));
    return process;
  }

  /** Those that answer and copy the node now. */
  async replicasOf(primary: RedisProcess): Promise<RedisProcess[]> {
    const nodes = await this.nodes();
    const id = nodes.find(({ process }) => process === primary)?.id;
    return nodes.flatMap(({ primaryId, process }) => (primaryId === id ? process : []));
  }

  async slotOf(slotOrKey: number | string): Promise<number> {
    if (typeof slotOrKey === 'number') return slotOrKey;
    return Number(await this.#anyAnswering().admin.cluster('KEYSLOT', slotOrKey));
  }

  /** Resolves when the nodes that answer serve all slots and agree on the roles, and all replicas are in sync. */
  waitUntilOk(): Promise<void> {
    return waitUntil('a cluster in order', async () => {
      const views = await this.#views();
      const oks = await Promise.all(views.map(isInOrder));
      return oks.every((ok) => ok) && areAgreed(views) && areAllSlotsServed(views);
    });
  }

  /** Makes a replica the primary, while its primary runs; resolves when the cluster is in order again. */
  async failover(replica: RedisProcess): Promise<void> {
    let askedMs = Number.NEGATIVE_INFINITY;
    await waitUntil('a replica that became the primary', async () => {
      if ((await viewOf(replica)).own.role === 'primary') return true;
      if (performance.now() - askedMs > FAILOVER_MS_MAX) {
        await replica.admin.cluster('FAILOVER');
        askedMs = performance.now();
      }
      return false;
    });
    await this.waitUntilOk();
  }

  /** Gives a slot with its keys to another primary; resolves when the cluster is in order again. */
  async moveSlot(slot: number, to: RedisProcess, options: MoveOptions = {}): Promise<void> {
    const { afterStep = () => {}, keysAtOnce = 10 } = options;
    const source = await this.#ownerOf(slot);
    const { own: target } = await viewOf(to);
    await to.admin.cluster('SETSLOT', slot, 'IMPORTING', source.id);
    await source.process.admin.cluster('SETSLOT', slot, 'MIGRATING', target.id);
    await afterStep('opened');
    // A slot that is being moved gets no new keys here.
    let left = Number(await source.process.admin.cluster('COUNTKEYSINSLOT', slot));
    for (; left > 0; left -= keysAtOnce) {
      await moveKeys(slot, source.process, to, keysAtOnce);
      if (left > keysAtOnce) await afterStep('some keys moved');
    }
    await afterStep('keys moved');
    await to.admin.cluster('SETSLOT', slot, 'NODE', target.id);
    await afterStep('taken');
    await source.process.admin.cluster('SETSLOT', slot, 'NODE', target.id);
    await afterStep('given');
    await this.waitUntilOk();
  }

  /** Kills all. Repeatable. */
  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #form(primaryCount: number): Promise<void> {
    const primaries = this.processes.slice(0, primaryCount);
    const replicas = this.processes.slice(primaryCount);
    await Promise.all(primaries.map((primary, index) => assignSlots(primary, index, primaryCount)));
    await Promise.all(this.processes.flatMap((process, index) => this.#meetLater(process, index)));
    await waitUntil('nodes that know each other', async () => areAgreed(await this.#views()));
    const ids = (await this.nodes()).map(({ id }) => id);
    await Promise.all(
      replicas.map((replica, index) =>
        replica.admin.cluster('REPLICATE', ids[index % primaryCount] ?? ''),
      ),
    );
    await this.waitUntilOk();
  }

  /** Each with each: waiting for hearsay would take longer. */
  #meetLater(process: RedisProcess, index: number): Promise<unknown>[] {
    return this.processes.slice(index + 1).map((other) => {
      const { host, port } = tcpAddressOf(other);
      return process.admin.cluster('MEET', host, port);
    });
  }

  #views(): Promise<ClusterView[]> {
    return Promise.all(this.processes.filter(({ answering }) => answering).map(viewOf));
  }

  #anyAnswering(): RedisProcess {
    const process = this.processes.find(({ answering }) => answering);
    if (process === undefined) throw new Error('expected a node that answers');
    return process;
  }

  #ownerOf(slot: number): Promise<ClusterNode> {
    return waitFor(`a primary of slot ${slot}`, async () => {
      const claiming = (await this.nodes()).filter(
        ({ role, slots }) =>
          role === 'primary' && slots.some(({ first, last }) => first <= slot && slot <= last),
      );
      return claiming.sort((a, b) => b.configEpoch - a.configEpoch)[0];
    });
  }
}

function nodeOptionsOf(options: RedisClusterOptions): RedisProcessOptions {
  const { listen = 'tcp', credentials, nodeTimeoutMs = 2_000, config = [] } = options;
  return {
    listen,
    ...(credentials && { credentials }),
    config: ['cluster-enabled yes', `cluster-node-timeout ${nodeTimeoutMs}`, ...config],
  };
}

function tcpAddressOf({ address }: RedisProcess): { host: string; port: number } {
  if ('path' in address) throw new Error('expected a node that listens on a port');
  return address;
}

/** The same number of slots for each, before they know each other. */
async function assignSlots(primary: RedisProcess, index: number, count: number): Promise<void> {
  const first = Math.floor((SLOTS * index) / count);
  const end = Math.floor((SLOTS * (index + 1)) / count);
  await primary.admin.cluster('SET-CONFIG-EPOCH', index + 1);
  const slots = Array.from({ length: end - first }, (_, offset) => first + offset);
  await primary.admin.cluster('ADDSLOTS', ...slots);
}

async function moveKeys(
  slot: number,
  source: RedisProcess,
  target: RedisProcess,
  count: number,
): Promise<void> {
  const { host, port } = tcpAddressOf(target);
  const { username = 'default', password = undefined } = target.options.credentials ?? {};
  const auth = password === undefined ? [] : ['AUTH2', username, password];
  const getKeys = ['GETKEYSINSLOT', slot, count];
  // As bytes: a key need not be text.
  const keys = (await source.admin.callBuffer('CLUSTER', getKeys)) as Buffer[];
  if (keys.length === 0) return;
  const to = [host, port, '', 0, MIGRATE_MS_MAX];
  await source.admin.call('MIGRATE', [...to, ...auth, 'KEYS', ...keys]);
}
