import type { Measured } from '../scenarios/scenario.js';

/** One scenario at one size for one kind of store: what a process is started for. */
export interface Task {
  readonly scenario: string;
  readonly variant: string;
  readonly subject: string;
  readonly quick: boolean;
}

/** From that process to the one that started it. */
export type Message =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'measured'; readonly measured: Measured }
  | { readonly kind: 'failed'; readonly reason: string };
