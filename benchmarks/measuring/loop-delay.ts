import { Latencies } from './latencies.js';
import type { Metrics, Points } from './metrics.js';

const TICK_MS = 1;
/** For charts: the worst of each so many milliseconds. */
const BUCKET_MS = 50;

/**
 * How much later than it should a timer of one millisecond comes. `monitorEventLoopDelay` measures the
 * same to whole milliseconds. A stall counts as all the ticks that should have been in it, each
 * with its own delay: what events wait that come at any time, and not only those that come at its start.
 */
export class LoopDelay {
  readonly #delays = new Latencies();
  #buckets: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #startMs = 0;
  #tickMs = 0;

  /** Starts, or starts anew. */
  start(): void {
    this.#timer ??= setInterval(() => this.#tick(performance.now()), TICK_MS);
    this.#delays.reset();
    this.#buckets = [];
    this.#startMs = performance.now();
    this.#tickMs = this.#startMs;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    // A stall that no tick came after.
    this.#tick(performance.now());
  }

  metrics(): Metrics {
    return this.#delays.metrics('loop');
  }

  get maxMs(): number {
    return this.#delays.maxMs;
  }

  /** Worst delays; time in seconds, 0 at `originMs`. */
  points(originMs = this.#startMs): Points {
    return this.#buckets.map((delayMs, bucket) => {
      const atMs = this.#startMs + bucket * BUCKET_MS - originMs;
      return [Math.round(atMs) / 1e3, Math.round(delayMs * 1e3) / 1e3] as const;
    });
  }

  #tick(nowMs: number): void {
    const delayMs = Math.max(0, nowMs - this.#tickMs - TICK_MS);
    for (const delay of delaysOf(delayMs)) this.#delays.record(delay);
    const bucket = Math.floor((nowMs - this.#startMs) / BUCKET_MS);
    while (this.#buckets.length <= bucket) this.#buckets.push(0);
    this.#buckets[bucket] = Math.max(this.#buckets[bucket] ?? 0, delayMs);
    this.#tickMs = nowMs;
  }
}

/** Of all ticks that one delay has held up. */
export function delaysOf(delayMs: number): number[] {
  const ticks = Math.floor(delayMs / TICK_MS) + 1;
  return Array.from({ length: ticks }, (_, tick) => delayMs - tick * TICK_MS);
}
