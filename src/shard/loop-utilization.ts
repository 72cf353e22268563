import { performance } from 'node:perf_hooks';

/** How busy the event loop of this thread is. */
export class LoopUtilization {
  #before = performance.eventLoopUtilization();

  /** The share of the time since the last call, 0 to 1. */
  sinceLast(): number {
    const before = this.#before;
    this.#before = performance.eventLoopUtilization();
    return performance.eventLoopUtilization(this.#before, before).utilization;
  }
}
