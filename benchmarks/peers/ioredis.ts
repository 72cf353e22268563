import type { Redis } from 'ioredis';
import type { JstpSession } from '../../src/index.js';
import { ACTIVE_SESSION_LIFETIME_MS, type Peer, type PeerKind, type PeerSettings } from './peer.js';
import { RedisServer, whyRedisServerUnavailable } from './redis-server.js';
import { decodeSessionBytes, encodeSessionBytes } from './stored-session.js';

/** The first one may be another's. */
const OWN_DATABASE = 1;

/** Redis over a Unix socket, with a client on the server's thread. */
export const ioredis: PeerKind = {
  name: 'ioredis',
  removesAsTheyExpire: true,
  whyUnavailable: whyRedisServerUnavailable,
  create: async (settings) => {
    const { Redis } = await import('ioredis');
    const server = settings.redisServer ?? (await RedisServer.start());
    const client = new Redis({
      path: server.socketPath,
      db: OWN_DATABASE,
      enableAutoPipelining: settings.pipelinesByItself ?? true,
    });
    return new IoRedis(server, client, settings);
  },
};

/** A lifetime goes with each command; the host's `setInactive` right after `set` has nothing left to do. */
class IoRedis implements Peer {
  readonly #server: RedisServer;
  readonly #client: Redis;
  readonly #lifetimeMs: number;
  readonly #isOwn: boolean;

  constructor(server: RedisServer, client: Redis, settings: PeerSettings) {
    this.#server = server;
    this.#client = client;
    this.#lifetimeMs = settings.inactiveSessionLifetimeMs;
    this.#isOwn = settings.redisServer === undefined;
  }

  get(id: string, callback: (session: JstpSession | undefined) => void): void {
    this.#client.getexBuffer(id, 'PX', ACTIVE_SESSION_LIFETIME_MS, (error, stored) => {
      if (error) throw error;
      callback(stored ? decodeSessionBytes(id, stored) : undefined);
    });
  }

  set(id: string, session: JstpSession): Promise<unknown> {
    return this.#client.set(id, encodeSessionBytes(id, session), 'PX', this.#lifetimeMs);
  }

  setInactive(): void {}

  async flush(): Promise<void> {
    await this.#client.ping();
  }

  size(): Promise<number> {
    return this.#client.dbsize();
  }

  async close(): Promise<void> {
    this.#client.disconnect();
    if (this.#isOwn) await this.#server.stop();
  }

  memoryElsewhereBytes(): number {
    return this.#server.residentBytes();
  }
}
