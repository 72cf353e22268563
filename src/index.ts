export { type ErrorCode, SessionStorageError } from './errors.js';
export type { GetCallback } from './facade/pending-gets.js';
export type { JstpSession, JstpSessionClass } from './jstp-session.js';
export type { Outage, ProviderOptions } from './options.js';
export type {
  EvictedEvent,
  ExpiredEvent,
  ProviderEvents,
  ShardDownEvent,
  ShardUpEvent,
} from './provider-events.js';
export type { ProviderStats, ShardStats } from './provider-stats.js';
export type { Overflow } from './shard/session-store.js';
export { ShardedSessionStorageProvider } from './sharded-session-storage-provider.js';
