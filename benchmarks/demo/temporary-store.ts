import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreOptions } from '../../src/index.js';
import type { StoreKind } from './options.js';

/** Acts with a store that has nothing in it and leaves nothing behind. */
export async function withStore<T>(
  kind: StoreKind,
  act: (store: StoreOptions) => Promise<T>,
): Promise<T> {
  if (kind === 'memory') return act({ kind });
  const directory = await mkdtemp(join(tmpdir(), 'jstp-demo-'));
  try {
    return await act({ kind, directory });
  } finally {
    await rm(directory, { recursive: true });
  }
}
