/** What a store holds and how it has been used, since it was made. */
export interface StoreReport {
  readonly sessions: number;
  /** Ids and values and what the store spends on each, by the store's own measure. */
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly sets: number;
  /** Ran out of lifetime, whether found by a `get` or by `purge`. */
  readonly expired: number;
  /** Given up to stay within a limit. */
  readonly evicted: number;
}

/**
 * The sessions of one shard. Values are opaque. `slot` counts within the shard. Deadlines are
 * absolute Unix ms; a session is expired when `now >= deadline`, and is then never returned,
 * whether or not `purge` has come by. An unknown id is no error anywhere.
 */
export interface SessionStore {
  /** The value, and the session is active until `deadline`; or `undefined`. */
  get(slot: number, id: string, deadline: number): string | undefined;
  /** Stores or replaces; the session is active until `deadline`. */
  set(slot: number, id: string, value: string, deadline: number): void;
  /** The session is inactive, and expires at `deadline`. */
  setInactive(slot: number, id: string, deadline: number): void;
  /**
   * Appends to the value if it still starts with `valueHead`, which tells who wrote it. Neither
   * makes the session active nor moves its deadline.
   */
  amend(slot: number, id: string, valueHead: string, addition: string): void;
  /** True if there was one. */
  delete(slot: number, id: string): boolean;
  clear(): void;
  /** Live sessions; those that expired within the last purge interval may be among them. */
  readonly size: number;
  report(): StoreReport;
  /**
   * Frees expired sessions, in at most `visitsMax` steps. Returns the ms until it wants to be called
   * again: 0 if there is more to do at this time.
   */
  purge(visitsMax: number): number;
}
