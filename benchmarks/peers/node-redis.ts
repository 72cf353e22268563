import type { JstpSession } from '../../src/index.js';
import { ACTIVE_SESSION_LIFETIME_MS, type Peer, type PeerKind, type PeerSettings } from './peer.js';
import { RedisServer, whyRedisServerUnavailable } from './redis-server.js';
import { decodeSessionBytes, encodeSessionBytes } from './stored-session.js';

/** Redis over a Unix socket, with a client on the server's thread that pipelines by itself. */
export const nodeRedis: PeerKind = {
  name: 'node-redis',
  removesAsTheyExpire: true,
  whyUnavailable: whyRedisServerUnavailable,
  create: async (settings) => {
    const server = await RedisServer.start();
    const client = createBufferClient(await import('redis'), server.socketPath);
    client.on('error', fail);
    await client.connect();
    return new NodeRedis(server, client, settings);
  },
};

type Client = ReturnType<typeof createBufferClient>;

function createBufferClient({ createClient, RESP_TYPES }: typeof import('redis'), path: string) {
  // Its time limit for each command costs it twice as much as the command itself.
  const commandOptions = { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };
  return createClient({ socket: { path, tls: false }, commandOptions });
}

/** A lifetime goes with each command; the host's `setInactive` right after `set` has nothing left to do. */
class NodeRedis implements Peer {
  readonly #server: RedisServer;
  readonly #client: Client;
  readonly #setOptions: { readonly expiration: { readonly type: 'PX'; readonly value: number } };

  constructor(server: RedisServer, client: Client, settings: PeerSettings) {
    this.#server = server;
    this.#client = client;
    this.#setOptions = { expiration: { type: 'PX', value: settings.inactiveSessionLifetimeMs } };
  }

  get(id: string, callback: (session: JstpSession | undefined) => void): void {
    void this.#client
      .getEx(id, { type: 'PX', value: ACTIVE_SESSION_LIFETIME_MS })
      .then((stored) => callback(stored ? decodeSessionBytes(id, stored) : undefined));
  }

  set(id: string, session: JstpSession): Promise<unknown> {
    return this.#client.set(id, encodeSessionBytes(id, session), this.#setOptions);
  }

  setInactive(): void {}

  async flush(): Promise<void> {
    await this.#client.ping();
  }

  size(): Promise<number> {
    return this.#client.dbSize();
  }

  async close(): Promise<void> {
    this.#client.destroy();
    await this.#server.stop();
  }

  memoryElsewhereBytes(): number {
    return this.#server.residentBytes();
  }
}

function fail(error: Error): void {
  throw error;
}
