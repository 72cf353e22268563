import { ShardedSessionStorageProvider, type StoreOptions } from '../../src/index.js';
import { host } from '../host.js';
import type { HostProvider } from './counting-provider.js';

/** A provider to be shown. */
export interface Subject {
  readonly provider: HostProvider;
  /** How many sessions were in its store when it started. */
  readonly sessionsFound: number;
  /** What the provider had to say on its own account. */
  readonly errors: readonly Error[];
  /** Resolves when everything that was called before it has been acknowledged. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Every provider that the demo can show. */
const STARTERS = {
  ShardedSessionStorageProvider: startSharded,
  SimpleSessionStorageProvider: startSimple,
} satisfies Record<string, (store: StoreOptions) => Promise<Subject>>;

export type SubjectName = keyof typeof STARTERS;

/** `store` is for the provider that has a choice. */
export function startSubject(name: SubjectName, store: StoreOptions): Promise<Subject> {
  return STARTERS[name](store);
}

async function startSharded(store: StoreOptions): Promise<Subject> {
  const provider = new ShardedSessionStorageProvider({ store });
  const errors: Error[] = [];
  provider.on('error', (error) => errors.push(error));
  provider.on('degraded', ({ reason }) => errors.push(new Error(reason)));
  await provider.ready;
  return {
    provider,
    sessionsFound: await provider.size(),
    errors,
    flush: () => provider.flush(),
    close: () => provider.close(),
  };
}

async function startSimple(): Promise<Subject> {
  return {
    provider: new host.SimpleSessionStorageProvider() as HostProvider,
    sessionsFound: 0,
    errors: [],
    flush: async () => {},
    close: async () => {},
  };
}
