import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Metrics } from './metrics.js';

/** Entries are handed over in a later turn of the event loop. */
const TURNS_OF_DELIVERY = 3;

/** Pauses of the calling thread for garbage collection. */
export class GarbageCollection {
  #sumMs = 0;
  #maxMs = 0;
  #startMs = 0;
  readonly #observer = new PerformanceObserver((list) => {
    for (const { duration, startTime } of list.getEntries()) {
      if (startTime < this.#startMs) continue;
      this.#sumMs += duration;
      this.#maxMs = Math.max(this.#maxMs, duration);
    }
  });

  start(): void {
    this.#startMs = performance.now();
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  async stop(): Promise<Metrics> {
    const seconds = (performance.now() - this.#startMs) / 1e3;
    for (let turn = 0; turn < TURNS_OF_DELIVERY; turn++) await setImmediate();
    this.#observer.disconnect();
    return { gcMs: this.#sumMs, gcMaxMs: this.#maxMs, gcMsPerSecond: this.#sumMs / seconds };
  }
}

/** Throws unless the process was started with `--expose-gc`. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('expected a process with --expose-gc');
  globalThis.gc();
}
