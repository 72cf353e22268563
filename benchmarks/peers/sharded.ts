import { type JstpSession, ShardedSessionStorageProvider } from '../../src/index.js';
import { alwaysAvailable, type Peer, type PeerKind, type PeerSettings } from './peer.js';

/** Ours. */
export const sharded: PeerKind = {
  name: 'sharded',
  whyUnavailable: alwaysAvailable,
  create: async (settings) => {
    const peer = new Sharded(settings);
    await peer.ready;
    return peer;
  },
};

class Sharded implements Peer {
  readonly ready: Promise<void>;
  readonly #provider: ShardedSessionStorageProvider;

  constructor({ inactiveSessionLifetimeMs, purgeIntervalMs, shards }: PeerSettings) {
    this.#provider = new ShardedSessionStorageProvider({
      inactiveSessionLifetime: inactiveSessionLifetimeMs,
      ...(purgeIntervalMs === undefined ? {} : { purgeInterval: purgeIntervalMs }),
      ...(shards === undefined ? {} : { shards }),
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

  close(): Promise<void> {
    return this.#provider.close();
  }

  async shardUtilizations(): Promise<number[]> {
    const { shards } = await this.#provider.stats();
    return shards.map(({ eventLoopUtilization }) => eventLoopUtilization);
  }
}

/** On its own, so that nobody catches it. */
function fail(error: Error): void {
  process.nextTick(() => {
    throw error;
  });
}
