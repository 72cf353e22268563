/// <reference types="node" preserve="true" />
export { type ErrorCode, SessionStorageError } from './errors.js';
export type { GetCallback } from './facade/pending-gets.js';
export type { JstpSession, JstpSessionClass } from './jstp-session.js';
export type { Outage, ProviderOptions } from './options.js';
export type {
  ConnectedEvent,
  DegradedEvent,
  EvictedEvent,
  ExpiredEvent,
  ProviderEvents,
  ReconnectingEvent,
  RecoveredEvent,
  ShardDownEvent,
  ShardUpEvent,
} from './provider-events.js';
export type { ConnectionState, ProviderStats, ShardStats } from './provider-stats.js';
export type { RedisNode, RedisStoreChoice } from './redis-options.js';
export type { FsyncPolicy } from './shard/journal/log-writer.js';
export type { RedisTls } from './shard/redis/redis-settings.js';
export type { Overflow } from './shard/session-store.js';
export { ShardedSessionStorageProvider } from './sharded-session-storage-provider.js';
export type { JournalStoreChoice, MemoryStoreSettings, StoreOptions } from './store-options.js';
