import {
  type ProviderOptions,
  type RedisStoreChoice,
  ShardedSessionStorageProvider,
} from '../../src/index.js';
import type { RedisProcess } from '../redis-servers/redis-process.js';

/** The option that leads to a server. */
export function urlOf({ address }: RedisProcess): string {
  return 'path' in address ? `unix://${address.path}` : `redis://${address.host}:${address.port}`;
}

export interface RedisProvider extends AsyncDisposable {
  readonly provider: ShardedSessionStorageProvider;
  /** Events of all kinds, in order: their name, and their code if they have one. */
  readonly events: string[];
  /** Resolves at the next event of the name, or at once if it is the last of its kind. */
  until(name: 'connected' | 'reconnecting'): Promise<void>;
}

/** Real shards, real connections. */
export function createRedisProvider(
  store: Omit<RedisStoreChoice, 'kind'>,
  options: Omit<ProviderOptions, 'store'> = {},
): RedisProvider {
  const choice = { kind: 'redis', ...store } as const;
  return observe(new ShardedSessionStorageProvider({ shards: 2, ...options, store: choice }));
}

/** What `createRedisProvider` gives, with a provider that was just made. */
export function observe(provider: ShardedSessionStorageProvider): RedisProvider {
  const events: string[] = [];
  const states = new Map<number, string>();
  provider.on('connected', ({ shard }) => {
    states.set(shard, 'connected');
    events.push('connected');
  });
  provider.on('reconnecting', ({ shard, code }) => {
    states.set(shard, 'reconnecting');
    events.push(`reconnecting ${code}`);
  });
  provider.on('shardDown', () => events.push('shardDown'));
  provider.on('error', ({ code }) => events.push(`error ${code}`));
  return {
    provider,
    events,
    until: async (name) => {
      while (states.size === 0 || [...states.values()].some((state) => state !== name)) {
        // Not events.once, which rejects at an 'error' event: those of failed operations come later than these.
        await new Promise<void>((resolve) => provider.once(name, () => resolve()));
      }
    },
    [Symbol.asyncDispose]: () => provider.close(),
  };
}
