import type { Sample } from '../report/results.js';

/** Names carry their unit. */
export type Metrics = Sample['metrics'];

export type Points = readonly (readonly [number, number])[];
