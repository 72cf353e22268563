import type { DiskNotice } from '../notice.js';

/** No worker has this number. */
const NONE = -1;

/**
 * What is told of a shard's disk over the lives of its workers: that it fails, and that it does not any more, by
 * turns. A worker that ends while its disk fails does not say that it has recovered; its successor, which was filled
 * from the disk, has never failed.
 */
export class DiskReports {
  #failureTold = false;
  // The worker that has said so last, and has not recovered.
  #failingWorker = NONE;

  /** Whether what a worker says is to be told. `worker`: its number. */
  isNews({ kind }: DiskNotice, worker: number): boolean {
    if (kind === 'warning') return true;
    const fails = kind === 'degraded';
    this.#failingWorker = fails ? worker : NONE;
    if (fails === this.#failureTold) return false;
    this.#failureTold = fails;
    return true;
  }

  /** A worker serves. True if it is to be told that the disk does not fail any more. */
  hasRecovered(worker: number): boolean {
    if (!this.#failureTold || this.#failingWorker === worker) return false;
    this.#failureTold = false;
    this.#failingWorker = NONE;
    return true;
  }
}
