import type { JstpSession } from '../../src/index.js';
import { host } from '../host.js';
import { StringSessionStorageProvider } from '../micro/string-storage.js';
import { alwaysAvailable, type Peer, type PeerKind } from './peer.js';

/** What JSTP brings along: the session objects themselves in one Map. */
export const builtIn: PeerKind = {
  name: 'built-in',
  whyUnavailable: alwaysAvailable,
  create: async ({ inactiveSessionLifetimeMs, purgeIntervalMs }) =>
    new BuiltIn(new host.SimpleSessionStorageProvider(inactiveSessionLifetimeMs, purgeIntervalMs)),
};

/** The same with the conversion that JSTP's documentation demands of a store outside its memory. */
export const builtInStrings: PeerKind = {
  name: 'built-in strings',
  whyUnavailable: alwaysAvailable,
  create: async ({ inactiveSessionLifetimeMs, purgeIntervalMs }) =>
    new BuiltIn(new StringSessionStorageProvider(inactiveSessionLifetimeMs, purgeIntervalMs)),
};

/** The lower bound: it keeps the objects, and nothing else. */
export const bareMap: PeerKind = {
  name: 'map',
  whyUnavailable: alwaysAvailable,
  create: async () => new BuiltIn(new BareMap()),
};

interface SynchronousProvider {
  readonly size: number;
  get(id: string): unknown;
  set(id: string, session: JstpSession): unknown;
  setInactive(id: string): void;
}

class BareMap extends Map<string, JstpSession> implements SynchronousProvider {
  setInactive(): void {}
}

/** Answers at once. */
class BuiltIn implements Peer {
  readonly #provider: SynchronousProvider;

  constructor(provider: SynchronousProvider) {
    this.#provider = provider;
  }

  get(id: string, callback: (session: JstpSession | undefined) => void): void {
    callback(this.#provider.get(id) as JstpSession | undefined);
  }

  set(id: string, session: JstpSession): undefined {
    this.#provider.set(id, session);
  }

  setInactive(id: string): void {
    this.#provider.setInactive(id);
  }

  async flush(): Promise<void> {}

  async size(): Promise<number> {
    return this.#provider.size;
  }

  async close(): Promise<void> {}
}
