import type { LatencySummary, TimeWindow } from './latency-log.js';

// Type aliases, because an interface would not be a `Tasks`.

/** What the scenario asks of the process of the clients that come and go. */
export type VisitorsTasks = {
  logIn(input: { port: number; visitors: number }): void;
  /** From now on each of them drops its connection, is away, and comes back. */
  start(input: Schedule): void;
  /** Fails if anything has gone wrong for any of them since `start`. */
  stop(input: null): { lateReturns: number };
  summarize(input: TimeWindow): LatencySummary;
  close(input: null): void;
};

export type Schedule = {
  /** How long a client stays connected, and how long it is away. */
  readonly stayMs: number;
  readonly awayMs: number;
  /** A client that was away for longer may find its session gone. */
  readonly sessionLifetimeMs: number;
};

/** What the scenario asks of the process of the client that only calls a method. */
export type BystanderTasks = {
  start(input: { port: number; intervalMs: number }): void;
  stop(input: null): void;
  summarize(input: TimeWindow): LatencySummary;
  worstOverTime(input: { window: TimeWindow; bucketMs: number }): [number, number][];
  close(input: null): void;
};
