import type { JstpSession } from '../../src/index.js';
import type { RedisServer } from './redis-server.js';

/** A store of sessions, ours or another, as the scenarios use it: like the host does. */
export interface Peer {
  /** Calls back once, now or later; `undefined` if there is no such session. */
  get(id: string, callback: (session: JstpSession | undefined) => void): void;
  /** Resolves when it is done; `undefined` if it is. Nobody has to wait. What fails ends the benchmark. */
  set(id: string, session: JstpSession): Promise<unknown> | undefined;
  /** Called right after `set`, as the host does. */
  setInactive(id: string): void;
  /** Resolves when all that was called before it is done. */
  flush(): Promise<void>;
  /** Sessions that are stored, expired ones perhaps among them. */
  size(): Promise<number>;
  close(): Promise<void>;
  /** What the sessions take on top of this process's resident memory: in a server, in a file. */
  memoryElsewhereBytes?(): number;
  /** For stores that have shards: of each, the share of time that it was busy since the last call. */
  shardUtilizations?(): Promise<readonly number[]>;
}

export interface PeerSettings {
  /** From `setInactive` to expiry. */
  readonly inactiveSessionLifetimeMs: number;
  /** How often a store that sweeps by itself looks for expired sessions; default: its own choice. */
  readonly purgeIntervalMs?: number;
  /** For stores that have shards; default: their own choice. */
  readonly shards?: number;
  /** Where a store on disk has its files, which stay there; default: a directory of its own, which it removes. */
  readonly directory?: string;
  /** For stores in Redis: the server, which goes on when the store is closed; default: one of its own. */
  readonly redisServer?: RedisServer;
  /** For ioredis on the server's thread: it collects the commands of a turn of the event loop; default: true. */
  readonly pipelinesByItself?: boolean;
}

/** A kind of store that can be measured. */
export interface PeerKind {
  readonly name: string;
  /** It looks for expired sessions all the time, and not once in an interval. */
  readonly removesAsTheyExpire?: boolean;
  /** Why it cannot run here, with what to do about it; `undefined` if it can. */
  whyUnavailable(): string | undefined;
  /** Loads the store's package only now, so that other stores do not pay for its memory. */
  create(settings: PeerSettings): Promise<Peer>;
}

/** From `get` to expiry, where a store has no choice of its own: ours has the same. */
export const ACTIVE_SESSION_LIFETIME_MS = 7 * 86_400_000;

export const alwaysAvailable = (): undefined => undefined;
