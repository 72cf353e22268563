import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Metrics } from './metrics.js';

const NS_PER_MS = 1e6;
const HOUR_NS = 3_600_000 * NS_PER_MS;

/** Durations, each recorded to three digits. */
export class Latencies {
  readonly #histogram: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: HOUR_NS,
    figures: 3,
  });

  get count(): number {
    return this.#histogram.count;
  }

  record(ms: number): void {
    // A histogram takes whole numbers from 1 on.
    this.#histogram.record(Math.max(1, Math.round(ms * NS_PER_MS)));
  }

  reset(): void {
    this.#histogram.reset();
  }

  get maxMs(): number {
    return this.#histogram.max / NS_PER_MS;
  }

  percentileMs(percent: number): number {
    return this.#histogram.percentile(percent) / NS_PER_MS;
  }

  /** `prefixP50Ms`, `prefixP99Ms`, `prefixP999Ms`, `prefixMaxMs`. Throws if there is none. */
  metrics(prefix: string): Metrics {
    if (this.count === 0) throw new Error(`${prefix}: expected latencies, none was recorded`);
    return {
      [`${prefix}P50Ms`]: this.percentileMs(50),
      [`${prefix}P99Ms`]: this.percentileMs(99),
      [`${prefix}P999Ms`]: this.percentileMs(99.9),
      [`${prefix}MaxMs`]: this.maxMs,
    };
  }
}
