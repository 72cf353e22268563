import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { ClockAnchor } from '../clock.js';
import { messageOf } from '../errors.js';
import { isNotice } from '../notice.js';
import { limitsOfShard, type Settings } from '../options.js';
import { packageFile, SHARD_WORKER } from '../package-files.js';
import type { ShardStore, ShardStoreSettings } from '../shard/create-store.js';
import { type HeapLimits, heapLimitsFor } from '../shard/heap-limits.js';
import type { ShardStartup } from '../shard/worker.js';
import { DiskThreads } from './disk-threads.js';
import type { InFlightBounds } from './in-flight-bounds.js';
import type { RunningShard, ShardListener, ShardStarter } from './shard-port.js';
import { createWorkerPool, type WorkerPool } from './worker-pool.js';

export interface ShardPoolOptions
  extends Pick<
    Settings,
    'shards' | 'purgeIntervalMs' | 'sessionsMax' | 'bytesMax' | 'overflow' | 'sessionBytesMax'
  > {
  readonly clockAnchor: ClockAnchor;
  readonly bounds: InFlightBounds;
  readonly inactiveSessionLifetimeMs: number;
  /** What shards are told of their store. */
  readonly shardStore: ShardStore;
}

/**
 * Starts each shard on a worker thread. A shard has a pool of its own with one worker: in a common pool one
 * worker that fails to start keeps all others from being replaced (see `docs/decisions.md`).
 */
export class ShardPool implements ShardStarter {
  readonly #options: ShardPoolOptions;
  readonly #served = new Set<number>();
  readonly #workerUrl = packageFile(SHARD_WORKER);
  readonly #diskThreads: DiskThreads;

  constructor(options: ShardPoolOptions) {
    this.#options = options;
    this.#diskThreads = new DiskThreads(options.shardStore);
  }

  start(shard: number, listener: ShardListener): RunningShard {
    const { port1, port2 } = new MessageChannel();
    const limits = limitsOfShard(this.#options, shard);
    const diskPort = this.#diskThreads.connect(shard);
    const pool = this.createPool(this.#workerUrl, this.#heapLimits());
    let stopped = false;
    let reason: string | undefined;
    const down = (exitCode?: number): void => {
      if (stopped) return;
      stopped = true;
      hearOut(port1, listener);
      port1.close();
      void pool.destroy();
      this.#diskThreads.disconnect();
      listener.onDown(reason ?? `its worker exited with code ${exitCode}`);
    };
    const [worker] = pool.threads;
    worker?.once('error', (error: unknown) => {
      reason = messageOf(error);
    });
    worker?.once('exit', down);
    port1.on('message', (message: unknown) => {
      if (isNotice(message) && message.kind === 'ready') this.#served.add(shard);
      listener.onMessage(message);
    });
    port1.unref();
    const { shards, purgeIntervalMs, clockAnchor, bounds } = this.#options;
    const startup: ShardStartup = {
      port: port2,
      shard,
      shards,
      purgeIntervalMs,
      clockAnchor,
      limits,
      replyBytesMax: bounds.replyBytesMax,
      remoteCallsMax: bounds.remoteCallsMax,
      store: this.#storeOf(shard),
      diskPort,
    };
    const transferList = diskPort === undefined ? [port2] : [port2, diskPort];
    pool.run(startup, { transferList }).catch((error: unknown) => {
      reason = messageOf(error);
      down();
    });
    return {
      port: { post: (batch) => port1.postMessage(batch) },
      stop: async () => {
        if (!stopped) this.#diskThreads.disconnect();
        stopped = true;
        port1.close();
        await pool.destroy();
      },
    };
  }

  #heapLimits(): HeapLimits {
    const { sessionBytesMax, shardStore, bounds } = this.#options;
    const { postedOperationsMax: operations, postedBytesMax: bytes } = bounds;
    const isRemote = shardStore.kind === 'redis';
    return heapLimitsFor({ sessionBytesMax, unanswered: { operations, bytes }, isRemote });
  }

  /** Connections of sessions that were active are gone with the process, and not with the worker. */
  #storeOf(shard: number): ShardStoreSettings {
    const { shardStore, inactiveSessionLifetimeMs } = this.#options;
    if (shardStore.kind !== 'journal') return shardStore;
    const isFirst = !this.#served.has(shard);
    return {
      ...shardStore,
      inactiveSessionLifetimeMs: isFirst ? inactiveSessionLifetimeMs : undefined,
    };
  }

  /** Tests put other workers in the pool. */
  protected createPool(filename: string, heapLimits: HeapLimits): WorkerPool {
    return createWorkerPool(filename, heapLimits);
  }
}

/** What a worker said before it ended must not be asked again of another. */
function hearOut(port: MessagePort, listener: ShardListener): void {
  // Nobody posts any more, so this ends.
  let received = receiveMessageOnPort(port);
  while (received !== undefined) {
    listener.onMessage(received.message);
    received = receiveMessageOnPort(port);
  }
}
