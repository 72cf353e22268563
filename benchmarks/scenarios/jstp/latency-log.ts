import { performance } from 'node:perf_hooks';

/** A part of the run, in the time of `nowMs`. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface LatencySummary {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** Unix ms with fractions, so that all processes of a run have the same time. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Every latency of a run with the time at which the waiting began. */
export class LatencyLog {
  readonly #startMs: number[] = [];
  readonly #latencyMs: number[] = [];

  add(startMs: number, endMs = nowMs()): void {
    this.#startMs.push(startMs);
    this.#latencyMs.push(endMs - startMs);
  }

  /** Of what began in the window. Throws if nothing did. */
  summarize(window: TimeWindow): LatencySummary {
    const sorted = this.#within(window)
      .map(([, latencyMs]) => latencyMs)
      .sort((a, b) => a - b);
    if (sorted.length === 0) throw new Error('expected latencies in the window, got none');
    const quantile = (part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
    return {
      count: sorted.length,
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
      p999Ms: quantile(0.999),
      maxMs: quantile(1),
    };
  }

  /** The worst latency of what began in each bucket: [seconds since the window began, ms]. */
  worstOverTime(window: TimeWindow, bucketMs: number): [number, number][] {
    const worst = new Map<number, number>();
    for (const [startMs, latencyMs] of this.#within(window)) {
      const bucket = Math.floor((startMs - window.fromMs) / bucketMs);
      worst.set(bucket, Math.max(latencyMs, worst.get(bucket) ?? 0));
    }
    return [...worst]
      .sort(([a], [b]) => a - b)
      .map(([bucket, latencyMs]) => [(bucket * bucketMs) / 1_000, latencyMs]);
  }

  #within({ fromMs, toMs }: TimeWindow): [startMs: number, latencyMs: number][] {
    return this.#startMs.flatMap((startMs, i) =>
      startMs >= fromMs && startMs < toMs ? [[startMs, this.#latencyMs[i] ?? Number.NaN]] : [],
    );
  }
}
