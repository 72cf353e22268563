import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { ClockAnchor } from '../clock.js';
import { messageOf } from '../errors.js';
import type { ShardStartup } from '../shard/worker.js';
import type { RunningShard, ShardListener, ShardPort, ShardStarter } from './shard-port.js';

const WORKER_URL = new URL('../shard/worker.js', import.meta.url).href;

export interface ShardPoolOptions {
  readonly shards: number;
  readonly purgeIntervalMs: number;
  readonly clockAnchor: ClockAnchor;
}

/**
 * Starts each shard on a worker thread; nothing else here knows Piscina. A shard has a pool of its own
 * with one worker: in a common pool one worker that fails to start keeps all others from being
 * replaced (see `docs/decisions.md`).
 */
export class ShardPool implements ShardStarter {
  readonly #options: ShardPoolOptions;

  constructor(options: ShardPoolOptions) {
    this.#options = options;
  }

  start(shard: number, listener: ShardListener): RunningShard {
    const { port1, port2 } = new MessageChannel();
    const pool = createPool();
    let stopped = false;
    let reason = 'its worker exited';
    const down = (): void => {
      if (stopped) return;
      stopped = true;
      port1.close();
      listener.onDown(reason);
      void pool.destroy();
    };
    // Without a listener an error in a worker would end the process.
    pool.on('error', (error: unknown) => {
      reason = messageOf(error);
    });
    pool.threads[0]?.once('exit', down);
    port1.on('message', (message: unknown) => listener.onMessage(message));
    port1.unref();
    const { shards, purgeIntervalMs, clockAnchor } = this.#options;
    const startup: ShardStartup = { port: port2, shard, shards, purgeIntervalMs, clockAnchor };
    pool.run(startup, { transferList: [port2] }).catch((error: unknown) => {
      reason = messageOf(error);
      down();
    });
    return {
      port: new WorkerPort(port1),
      stop: async () => {
        stopped = true;
        port1.close();
        await pool.destroy();
      },
    };
  }
}

function createPool(): Piscina {
  return new Piscina({
    filename: WORKER_URL,
    name: 'default',
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    maxQueue: 1,
    // Any other setting lets an idle worker block, and its port and timers with it.
    atomics: 'disabled',
    recordTiming: false,
    workerHistogram: false,
    niceIncrement: 0,
    // Else a worker runs what the user's process preloads.
    execArgv: [],
    argv: [],
  });
}

class WorkerPort implements ShardPort {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  post(batch: (string | number)[]): void {
    this.#port.postMessage(batch);
  }

  ref(): void {
    this.#port.ref();
  }

  unref(): void {
    this.#port.unref();
  }
}
