import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { open, RootDatabase } from 'lmdb';
import type { JstpSession } from '../../src/index.js';
import { alwaysAvailable, type Peer, type PeerKind } from './peer.js';
import { decodeSessionBytes, encodeSessionBytes } from './stored-session.js';

const BLOCK_BYTES = 512;
const KIB = 1_024;

/**
 * A memory-mapped tree in a file, which the runner keeps in memory: it reads on the server's thread and writes on its own. It knows no expiry; what a
 * user would have to add for it is not in its figures.
 */
export const lmdb: PeerKind = {
  name: 'lmdb',
  whyUnavailable: alwaysAvailable,
  create: async () => new Lmdb((await import('lmdb')).open),
};

class Lmdb implements Peer {
  readonly #directory = mkdtempSync(join(tmpdir(), 'jstp-bench-lmdb-'));
  readonly #database: RootDatabase<Buffer, string>;

  constructor(openDatabase: typeof open) {
    // In memory there is nothing to sync with.
    this.#database = openDatabase({ path: this.#directory, encoding: 'binary', noSync: true });
  }

  /** May miss a `set` of the last moments, which is not committed yet. */
  get(id: string, callback: (session: JstpSession | undefined) => void): void {
    const stored = this.#database.getBinaryFast(id);
    callback(stored && decodeSessionBytes(id, stored));
  }

  set(id: string, session: JstpSession): Promise<boolean> {
    return this.#database.put(id, encodeSessionBytes(id, session));
  }

  setInactive(): void {}

  async flush(): Promise<void> {
    await this.#database.committed;
  }

  async size(): Promise<number> {
    const { entryCount } = this.#database.getStats() as { entryCount: number };
    return entryCount;
  }

  async close(): Promise<void> {
    await this.#database.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** The pages of the file that are mapped count once. */
  memoryElsewhereBytes(): number {
    const { blocks } = statSync(join(this.#directory, 'data.mdb'));
    return blocks * BLOCK_BYTES - mappedBytes();
  }
}

function mappedBytes(): number {
  try {
    const status = readFileSync('/proc/self/status', 'latin1');
    return Number(/^RssShmem:\s+(\d+)/m.exec(status)?.[1] ?? 0) * KIB;
  } catch {
    return 0;
  }
}
