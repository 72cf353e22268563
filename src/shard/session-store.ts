import type { ShardCounts } from '../shard-counts.js';

/** What to do at a limit: give up the inactive session nearest to expiry, or refuse what is new. */
export type Overflow = 'evict-inactive' | 'reject';

/** The limits of one shard's store. `Infinity` is no limit. */
export interface StoreLimits {
  readonly sessionsMax: number;
  readonly bytesMax: number;
  readonly overflow: Overflow;
}

/**
 * The sessions of one shard. Values are opaque. `slot` counts within the shard. Deadlines are
 * absolute Unix ms; a session is expired when `now >= deadline`, and is then never returned,
 * whether or not `purge` has come by. An unknown id is no error anywhere.
 */
export interface SessionStore {
  /** The value, and the session is active until `deadline`; or `undefined`. */
  get(slot: number, id: string, deadline: number): string | undefined;
  /**
   * Stores or replaces; the session is active until `deadline`. False if there is no room for it
   * within the limits, and nothing can be given up: what was stored stays as it was.
   */
  set(slot: number, id: string, value: string, deadline: number): boolean;
  /** `set` and `setInactive` in one. Without room for the value, what was stored becomes inactive all the same. */
  setInactiveValue(slot: number, id: string, value: string, deadline: number): boolean;
  /** The session is inactive, and expires at `deadline`. */
  setInactive(slot: number, id: string, deadline: number): void;
  /**
   * Appends to the value if it still starts with `valueHead`, which tells who wrote it. Neither
   * makes the session active nor moves its deadline. False if there is no room: from then on nothing
   * is appended to this value, as a gap would be worse than an end.
   */
  amend(slot: number, id: string, valueHead: string, addition: string): boolean;
  /** True if there was one. */
  delete(slot: number, id: string): boolean;
  clear(): void;
  /** `counts().sessions`. */
  readonly size: number;
  counts(): ShardCounts;
  /**
   * To be called behind what belongs together. Calls back once all that was done is as safe as this store
   * promises, at once or later, in the order of the calls; with `syncs` once it is as safe as this store can make it.
   * False: it is done, and is not as safe.
   */
  commit(syncs: boolean, done: (safe: boolean) => void): void;
  /**
   * Frees expired sessions, in at most `visitsMax` steps. Returns the ms until it wants to be called
   * again: 0 if there is more to do at this time.
   */
  purge(visitsMax: number): number;
  /**
   * Ends what goes on in the background. Nothing is called after it. `isFenced`: what was not written is given up, as the
   * files are another provider's by now.
   */
  close(isFenced?: boolean): void;
}
