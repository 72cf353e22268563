/** What one run of one scenario in a process of its own has measured. */
export interface Sample {
  readonly scenario: string;
  /** The size that it ran at, such as `3M stored` or `4 shards`. */
  readonly variant: string;
  /** The name of the provider that it ran with. */
  readonly subject: string;
  /** Names carry their unit: `cpuNsPerCycle`, `getP99Ms`, `rssBytesPerSession`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Points over time, for charts: [x, y]. */
  readonly series?: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

/** The samples of one subject at one variant of a scenario, taken together. */
export interface Result {
  readonly scenario: string;
  readonly variant: string;
  readonly subject: string;
  /** Samples taken. */
  readonly runs: number;
  readonly metrics: Readonly<Record<string, Spread>>;
  /** Those of the sample whose first metric is the median. */
  readonly series: NonNullable<Sample['series']>;
}

/** A metric over several runs. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A subject or scenario that did not run, and why. */
export interface Skip {
  readonly scenario: string;
  /** Only at this size; if there is none, at all sizes. */
  readonly variant?: string;
  readonly subject: string;
  readonly reason: string;
}

/** Where and on what a run was made. */
export interface Environment {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  /** Processes ready to run, in the minute before. */
  readonly load: number;
  readonly node: string;
  /** Package name to version, redis-server among them. */
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string;
  /** ISO 8601. */
  readonly date: string;
  /** Sizes were small: that all work is what this run shows, and no figure. */
  readonly quick: boolean;
}

/** All that `npm run bench` writes as JSON, and all that tables and charts are made of. */
export interface BenchmarkReport {
  readonly environment: Environment;
  readonly results: readonly Result[];
  readonly skipped: readonly Skip[];
}
