import type { MessagePort } from 'node:worker_threads';
import type { ShardStore } from '../shard/create-store.js';
import { DiskThread } from './disk-thread.js';

/** As many as libuv's pool has; a disk gains little from more at once. */
const THREADS_MAX = 4;

/**
 * The threads that wait for the disk on behalf of the shards with a journal, as long as there are any. With
 * `fsync: 'always'` operations wait for each sync, so up to four shards have a thread each; else one is enough
 * for all.
 */
export class DiskThreads {
  readonly #count: number;
  readonly #threads = new Map<number, DiskThread>();
  #shards = 0;

  constructor(store: ShardStore) {
    this.#count = store.kind !== 'journal' ? 0 : store.fsync === 'always' ? THREADS_MAX : 1;
  }

  /** A shard starts; gives its connection, `undefined` for a store without a disk. */
  connect(shard: number): MessagePort | undefined {
    if (this.#count === 0) return undefined;
    const key = shard % this.#count;
    const thread = this.#threads.get(key) ?? new DiskThread();
    this.#threads.set(key, thread);
    this.#shards++;
    return thread.connect();
  }

  /** A shard has ended. */
  disconnect(): void {
    if (this.#count === 0) return;
    this.#shards--;
    if (this.#shards > 0) return;
    for (const thread of this.#threads.values()) thread.close();
    this.#threads.clear();
  }
}
