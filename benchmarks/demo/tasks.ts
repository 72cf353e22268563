import type { StoreOptions } from '../../src/index.js';
import type { Loss } from './losses.js';
import type { SubjectName } from './subjects.js';

/** What the demo asks of its two processes. Inputs and outputs cross a process border. */
export type Tasks = Record<string, (input: never) => unknown>;

// Type aliases, because an interface would not be a `Tasks`.

export type ServerTasks = {
  /** Progress is how many sessions it found in its store. */
  listen(input: ListenInput): Listening;
  /** Starts to watch for event-loop stalls. */
  measure(input: null): void;
  /** Waits until the host holds none of its `sessions`, so that only the provider has them. */
  forget(input: { sessions: number }): void;
  /** Waits until the provider has acknowledged all that it was told: it has to survive the process. */
  flush(input: null): void;
  /** What has been since `measure`. */
  report(input: null): ServerReport;
  close(input: null): void;
};

export type ListenInput = {
  readonly subject: SubjectName;
  readonly store: StoreOptions;
  /** 0: any that is free. */
  readonly port: number;
  /** How many the server has for each client. */
  readonly messages: number;
};

export type Listening = {
  readonly port: number;
  /** Until the provider was ready. */
  readonly loadMs: number;
};

export type ServerReport = {
  readonly restoredByProvider: number;
  readonly stallMsMax: number;
  readonly losses: readonly Loss[];
};

export type ClientsTasks = {
  connect(input: { port: number; clients: number; messages: number }): void;
  store(input: null): void;
  drop(input: null): void;
  /** To the server at this port. After `patienceMs` no more clients try. */
  comeBack(input: { port: number; patienceMs: number }): void;
  /** Compares what came back. */
  check(input: null): ClientsReport;
  close(input: null): void;
};

export type ClientsReport = {
  readonly restored: number;
  /** Different messages that arrived. */
  readonly delivered: number;
  /** Messages that arrived after the client came back. */
  readonly resent: number;
  readonly restoreMsP50: number;
  readonly restoreMsP99: number;
  readonly losses: readonly Loss[];
};

/** From a process that performs a task, to the one that asked for it. */
export type Answer =
  | { readonly kind: 'progress'; readonly done: number }
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly reason: string };

export interface Request {
  readonly task: string;
  readonly input: unknown;
}
