import { ShardedSessionStorageProvider } from '../../src/index.js';
import { host } from '../host.js';
import type { HostProvider } from './counting-provider.js';

/** A provider to be shown. */
export interface Subject {
  readonly provider: HostProvider;
  /** What the provider had to say on its own account. */
  readonly errors: readonly Error[];
  close(): Promise<void>;
}

/** Every provider that the demo can show. Another store of ours is one more entry. */
const STARTERS = {
  ShardedSessionStorageProvider: startSharded,
  SimpleSessionStorageProvider: startSimple,
} satisfies Record<string, () => Promise<Subject>>;

export type SubjectName = keyof typeof STARTERS;

export function startSubject(name: SubjectName): Promise<Subject> {
  return STARTERS[name]();
}

async function startSharded(): Promise<Subject> {
  const provider = new ShardedSessionStorageProvider();
  const errors: Error[] = [];
  provider.on('error', (error) => errors.push(error));
  await provider.ready;
  return { provider, errors, close: () => provider.close() };
}

async function startSimple(): Promise<Subject> {
  return {
    provider: new host.SimpleSessionStorageProvider() as HostProvider,
    errors: [],
    close: async () => {},
  };
}
