import {
  type JstpSession,
  type ProviderOptions,
  ShardedSessionStorageProvider,
  type ShardStats,
} from '../../src/index.js';
import { DiskDirectory } from './disk-directory.js';
import { alwaysAvailable, type Peer, type PeerKind, type PeerSettings } from './peer.js';
import { RedisServer, whyRedisServerUnavailable } from './redis-server.js';

/** Ours. */
export const sharded: PeerKind = {
  name: 'sharded',
  whyUnavailable: alwaysAvailable,
  create: async (settings) => {
    const peer = new Sharded(settings, { kind: 'memory' }, () => {});
    await peer.ready;
    return peer;
  },
};

/** Ours with a journal on a disk, by when it acknowledges. */
export const journals: readonly PeerKind[] = (['never', 'everysec', 'always'] as const).map(
  (fsync) => ({
    name: `journal ${fsync}`,
    whyUnavailable: alwaysAvailable,
    create: async (settings) => {
      const directory = new DiskDirectory(settings.directory);
      const store = { kind: 'journal', directory: directory.path, fsync } as const;
      const peer = new Sharded(settings, store, () => directory.remove());
      await peer.ready;
      return peer;
    },
  }),
);

/** Ours with a server of Redis, over a Unix socket. */
export const redis: PeerKind = {
  name: 'redis',
  removesAsTheyExpire: true,
  whyUnavailable: whyRedisServerUnavailable,
  create: async (settings) => {
    const server = settings.redisServer ?? (await RedisServer.start());
    const store = { kind: 'redis', url: `unix://${server.socketPath}` } as const;
    const peer = new Sharded(settings, store, () =>
      settings.redisServer === undefined ? server.stop() : undefined,
    );
    await peer.ready;
    return peer;
  },
};

class Sharded implements Peer {
  readonly ready: Promise<void>;
  readonly #provider: ShardedSessionStorageProvider;
  readonly #onClosed: () => Promise<void> | undefined | void;
  #shardsBefore: readonly ShardStats[] = [];

  constructor(
    { inactiveSessionLifetimeMs, purgeIntervalMs, shards }: PeerSettings,
    store: NonNullable<ProviderOptions['store']>,
    onClosed: () => Promise<void> | undefined | void,
  ) {
    this.#onClosed = onClosed;
    this.#provider = new ShardedSessionStorageProvider({
      inactiveSessionLifetime: inactiveSessionLifetimeMs,
      ...(purgeIntervalMs === undefined ? {} : { purgeInterval: purgeIntervalMs }),
      ...(shards === undefined ? {} : { shards }),
      store,
    });
    this.#provider.on('error', fail);
    this.ready = this.#provider.ready;
  }

  get(id: string, callback: (session: JstpSession | undefined) => void): void {
    this.#provider.get(id, callback);
  }

  set(id: string, session: JstpSession): Promise<void> {
    return this.#provider.set(id, session);
  }

  setInactive(id: string): void {
    void this.#provider.setInactive(id);
  }

  flush(): Promise<void> {
    return this.#provider.flush();
  }

  size(): Promise<number> {
    return this.#provider.size();
  }

  async close(): Promise<void> {
    await this.#provider.close();
    await this.#onClosed();
  }

  async shardUtilizations(): Promise<number[]> {
    const { shards } = await this.#provider.stats();
    const before = this.#shardsBefore;
    this.#shardsBefore = shards;
    return shards.map(({ eventLoopActiveMs, eventLoopIdleMs }, shard) => {
      const activeMs = eventLoopActiveMs - (before[shard]?.eventLoopActiveMs ?? 0);
      const idleMs = eventLoopIdleMs - (before[shard]?.eventLoopIdleMs ?? 0);
      return activeMs / (activeMs + idleMs);
    });
  }
}

/** On its own, so that nobody catches it. */
function fail(error: Error): void {
  process.nextTick(() => {
    throw error;
  });
}
