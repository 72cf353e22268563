export { type ErrorCode, SessionStorageError } from './errors.js';
export type { GetCallback, Outage } from './facade/pending-gets.js';
export type { JstpSession, JstpSessionClass } from './jstp-session.js';
export type { ProviderOptions } from './options.js';
export type {
  EvictedEvent,
  ExpiredEvent,
  ProviderEvents,
  ShardDownEvent,
  ShardUpEvent,
} from './provider-events.js';
export type { ProviderStats, ShardStats } from './provider-stats.js';
export { ShardedSessionStorageProvider } from './sharded-session-storage-provider.js';
