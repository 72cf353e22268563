import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { JstpSession } from '../../src/index.js';
import { alwaysAvailable, type Peer, type PeerKind, type PeerSettings } from './peer.js';
import { decodeSession, encodeSession } from './stored-session.js';

const HOUR_MS = 3_600_000;

/** The memory store that users of express-session take: an LRU cache of strings on the server's thread. */
export const memorystore: PeerKind = {
  name: 'memorystore',
  whyUnavailable: alwaysAvailable,
  create: async (settings) => {
    const createStoreClass: CreateStoreClass = createRequire(import.meta.url)('memorystore');
    // In the place of express-session, of which it needs no more.
    return new Memorystore(createStoreClass({ Store: EventEmitter }), settings);
  },
};

/** The part of it that is used. Its own types need those of express-session. */
interface Store {
  get(id: string, callback: (error: unknown, stored: string | undefined) => void): void;
  set(id: string, stored: string): void;
  length(callback: (error: unknown, length: number) => void): void;
  stopInterval(): void;
}

interface StoreOptions {
  readonly ttl: number;
  readonly checkPeriod: number;
  readonly serializer: {
    stringify(stored: string): string;
    parse(stored: string): string;
  };
}

type StoreClass = new (options: StoreOptions) => Store;
type CreateStoreClass = (session: { Store: typeof EventEmitter }) => StoreClass;

/** What it is given is a string already. */
const AS_IT_IS = {
  stringify: (stored: string) => stored,
  parse: (stored: string) => stored,
};

/** A lifetime goes with `set`; the host's `setInactive` right after it has nothing left to do. */
class Memorystore implements Peer {
  readonly #store: Store;

  constructor(StoreClass: StoreClass, settings: PeerSettings) {
    this.#store = new StoreClass({
      ttl: settings.inactiveSessionLifetimeMs,
      checkPeriod: settings.purgeIntervalMs ?? HOUR_MS,
      serializer: AS_IT_IS,
    });
  }

  get(id: string, callback: (session: JstpSession | undefined) => void): void {
    this.#store.get(id, (error, stored) => {
      if (error) throw error;
      callback(stored === undefined ? undefined : decodeSession(id, stored));
    });
  }

  set(id: string, session: JstpSession): undefined {
    this.#store.set(id, encodeSession(id, session));
  }

  setInactive(): void {}

  async flush(): Promise<void> {}

  size(): Promise<number> {
    return new Promise((resolve) => {
      this.#store.length((_error, length) => resolve(length));
    });
  }

  async close(): Promise<void> {
    this.#store.stopInterval();
  }
}
