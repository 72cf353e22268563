/** One thing to be measured. */
export interface Case {
  readonly name: string;
  /** How many operations one call of `run` completes. */
  readonly operations: number;
  /** Throws or rejects when an operation does not do what it should. */
  readonly run: () => void | Promise<void>;
  /** Called before each `run`, and not measured. */
  readonly prepare?: () => void;
}

/** Cases that are compared with one another. */
export interface Group {
  readonly title: string;
  readonly cases: readonly Case[];
  /** Whether the cases do the same, so that they are compared with the first of them. */
  readonly compared: boolean;
}

/** Enough operations in one call that the clock's own cost does not count. */
export const BATCH = 1_000;
