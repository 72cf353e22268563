import { bystanderChart } from './bystander.js';
import type { ChartKind } from './chart.js';
import { costChart } from './cost.js';
import { latencyChart } from './latency.js';
import { memoryChart } from './memory.js';
import { purgeChart } from './purge.js';
import { scalingChart } from './scaling.js';

/** What matters most comes first. */
export const CHARTS: readonly ChartKind[] = [
  purgeChart,
  bystanderChart,
  costChart,
  latencyChart,
  memoryChart,
  scalingChart,
];
