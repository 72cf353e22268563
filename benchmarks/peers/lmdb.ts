import { readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { open, RootDatabase, RootDatabaseOptionsWithPath } from 'lmdb';
import type { JstpSession } from '../../src/index.js';
import { DiskDirectory } from './disk-directory.js';
import { alwaysAvailable, type Peer, type PeerKind } from './peer.js';
import { decodeSessionBytes, encodeSessionBytes } from './stored-session.js';

type LmdbOptions = Pick<RootDatabaseOptionsWithPath, 'noSync' | 'separateFlushed'>;

const BLOCK_BYTES = 512;
const KIB = 1_024;

/**
 * A memory-mapped tree in a file, which the runner keeps in memory: it reads on the server's thread and writes on its own. It knows no expiry; what a
 * user would have to add for it is not in its figures.
 */
export const lmdb: PeerKind = {
  name: 'lmdb',
  whyUnavailable: alwaysAvailable,
  create: async () => {
    const directory = new DiskDirectory(undefined, tmpdir());
    // In memory there is nothing to sync with.
    return new Lmdb((await import('lmdb')).open, directory, { noSync: true });
  },
};

/** On a disk as it is by default: a `set` is acknowledged when it is committed, and synced right after. */
export const lmdbDisk: PeerKind = {
  name: 'lmdb disk',
  whyUnavailable: alwaysAvailable,
  create: async ({ directory }) =>
    new Lmdb((await import('lmdb')).open, new DiskDirectory(directory), {}),
};

/** On a disk, and a `set` is acknowledged when it is synced. */
export const lmdbSynced: PeerKind = {
  name: 'lmdb synced',
  whyUnavailable: alwaysAvailable,
  create: async ({ directory }) =>
    new LmdbSynced((await import('lmdb')).open, new DiskDirectory(directory), {
      separateFlushed: true,
    }),
};

class Lmdb implements Peer {
  readonly #directory: DiskDirectory;
  readonly #database: RootDatabase<Buffer, string>;

  constructor(openDatabase: typeof open, directory: DiskDirectory, options: LmdbOptions) {
    this.#directory = directory;
    this.#database = openDatabase({ path: directory.path, encoding: 'binary', ...options });
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
    this.#directory.remove();
  }

  /** The pages of the file that are mapped count once. */
  memoryElsewhereBytes(): number {
    const { blocks } = statSync(join(this.#directory.path, 'data.mdb'));
    return blocks * BLOCK_BYTES - mappedBytes();
  }
}

class LmdbSynced extends Lmdb {
  override async set(id: string, session: JstpSession): Promise<boolean> {
    const committed: Promise<boolean> & { readonly flushed?: Promise<unknown> } = super.set(
      id,
      session,
    );
    await committed.flushed;
    return committed;
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
