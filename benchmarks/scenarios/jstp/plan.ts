/** The times of a run, all in ms. */
export interface Plan {
  /** Clients that come and go, each connected for `stayMs`, then away for `awayMs`. */
  readonly visitors: number;
  readonly stayMs: number;
  readonly awayMs: number;
  /** The host keeps closed connections, and their sessions, for one to two times as long. */
  readonly clientExpirationMs: number;
  /** From one call of the bystander to the next. */
  readonly callIntervalMs: number;
  /** The bystander alone: what the server's thread needs without anybody coming back. */
  readonly calmMs: number;
  /** Clients come and go, nothing expires. */
  readonly steadyMs: number;
  /** Longer than the clients that come and go are away. */
  readonly sessionLifetimeMs: number;
  /**
   * From one sweep of a store that sweeps to the next. The calm and the steady part fit in between, and
   * the next sweep comes before anything has expired, so that the one after it finds everything.
   */
  readonly sweepIntervalMs: number;
}

/** About 300 returns a second. */
export const FULL: Plan = {
  visitors: 750,
  stayMs: 200,
  awayMs: 2_300,
  clientExpirationMs: 400,
  callIntervalMs: 2,
  calmMs: 1_000,
  steadyMs: 5_000,
  sessionLifetimeMs: 7_000,
  sweepIntervalMs: 14_000,
};

export const QUICK: Plan = {
  visitors: 30,
  stayMs: 30,
  awayMs: 350,
  clientExpirationMs: 100,
  callIntervalMs: 2,
  calmMs: 200,
  steadyMs: 800,
  sessionLifetimeMs: 1_200,
  sweepIntervalMs: 1_500,
};
