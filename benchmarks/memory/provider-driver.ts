import jstp from '@metarhia/jstp';
import { ShardedSessionStorageProvider } from '../../src/index.js';
import type { Driver } from './shard-driver.js';

const UNDER_WAY_MAX = 2_000;
const UNDER_WAY_BYTES_MAX = 2 ** 24;

/** The whole provider, as a server has it. */
export class ProviderDriver implements Driver {
  readonly #provider: ShardedSessionStorageProvider;
  #underWay: Promise<void>[] = [];
  #bytes = 0;
  counts: Driver['counts'];

  /** Without `bytesMax`: with its own default. */
  constructor(bytesMax: number | undefined) {
    const options = bytesMax === undefined ? {} : { maxBytes: bytesMax };
    this.#provider = new ShardedSessionStorageProvider({ ...options, shards: 1 });
  }

  async set(id: string, value: string): Promise<void> {
    const session = new jstp.Session(null, 'user', id);
    session.set('value', value);
    this.#underWay.push(this.#provider.set(id, session));
    void this.#provider.setInactive(id);
    this.#bytes += value.length;
    if (this.#underWay.length < UNDER_WAY_MAX && this.#bytes < UNDER_WAY_BYTES_MAX) return;
    await Promise.all(this.#underWay);
    this.#underWay = [];
    this.#bytes = 0;
  }

  async flush(): Promise<void> {
    await this.#provider.flush();
    this.counts = await this.#provider.stats();
  }

  async stop(): Promise<void> {
    await this.#provider.close();
  }
}
