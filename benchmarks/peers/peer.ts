import type { JstpSession } from '../../src/index.js';

/** A store of sessions, ours or another, as the scenarios use it: like the host does. */
export interface Peer {
  /** Calls back once, now or later; `undefined` if there is no such session. */
  get(id: string, callback: (session: JstpSession | undefined) => void): void;
  /** Nobody waits for it. What fails ends the benchmark. */
  set(id: string, session: JstpSession): void;
  setInactive(id: string): void;
  /** Resolves when all that was called before it is done. */
  flush(): Promise<void>;
  /** Sessions that are stored, expired ones perhaps among them. */
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface PeerSettings {
  /** From `setInactive` to expiry. */
  readonly inactiveSessionLifetimeMs: number;
  /** How often a store that sweeps by itself looks for expired sessions. */
  readonly purgeIntervalMs: number;
  /** For stores that have shards; default: their own choice. */
  readonly shards?: number;
}

/** A kind of store that can be measured. */
export interface PeerKind {
  readonly name: string;
  /** Why it cannot run here, with what to do about it; `undefined` if it can. */
  whyUnavailable(): string | undefined;
  create(settings: PeerSettings): Promise<Peer>;
}
