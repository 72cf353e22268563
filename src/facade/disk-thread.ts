import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { packageFile } from '../package-files.js';
import { SLOT_COUNT } from '../slots.js';
import { createWorkerPool, type WorkerPool } from './worker-pool.js';

const DISK_WORKER = 'shard/disk-worker.js';
/** It has next to nothing on its heap. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

/**
 * A thread that waits for the disk, so that shards need not. It does what libuv's pool could do, but that has four
 * threads for the whole process: some password hashes of the application, or one hung file system, keep all of them.
 */
export class DiskThread {
  // There are at most as many shards as slots, and each may be starting.
  readonly #pool: WorkerPool = createWorkerPool(packageFile(DISK_WORKER), HEAP_LIMITS, SLOT_COUNT);
  #isClosed = false;

  /** The shard's end of a connection; it closes when the thread ends. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    if (this.#isClosed) port2.close();
    else {
      this.#pool.run(port2, { transferList: [port2] }).catch(() => {
        // It has ended, or could not start. The shard does without it, see `disk-thread-client.ts`.
        port2.close();
      });
    }
    return port1;
  }

  /** Does not wait for what it is doing, as a disk may hang. */
  close(): void {
    this.#isClosed = true;
    void this.#pool.destroy();
  }
}
