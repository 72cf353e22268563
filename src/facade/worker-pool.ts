import { Piscina } from 'piscina';
import type { HeapLimits } from '../shard/heap-limits.js';
import { workerFlags } from './worker-flags.js';

export type WorkerPool = Piscina;

/**
 * A pool with one worker, which runs the default export of a module; nothing else here knows Piscina. Without
 * heap limits the worker has those of Node.js. `queueMax`: tasks that may wait while one runs.
 */
export function createWorkerPool(
  filename: string,
  heapLimits?: HeapLimits,
  queueMax = 1,
): WorkerPool {
  const pool = new Piscina({
    filename,
    name: 'default',
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    maxQueue: queueMax,
    // Any other setting lets an idle worker block, and its port and timers with it.
    atomics: 'disabled',
    recordTiming: false,
    workerHistogram: false,
    niceIncrement: 0,
    resourceLimits: { ...heapLimits },
    argv: [],
    ...workerFlags(process),
  });
  // Without a listener an error in a worker would end the process.
  pool.on('error', () => {});
  return pool;
}
