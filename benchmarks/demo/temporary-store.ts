import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreOptions } from '../../src/index.js';
import { RedisServer, whyRedisServerUnavailable } from '../peers/redis-server.js';
import type { StoreKind } from './options.js';

/** Acts with a store that has nothing in it and leaves nothing behind. */
export async function withStore<T>(
  kind: StoreKind,
  act: (store: StoreOptions) => Promise<T>,
): Promise<T> {
  if (kind === 'memory') return act({ kind });
  return kind === 'redis' ? withRedis(act) : withDirectory(act);
}

async function withDirectory<T>(act: (store: StoreOptions) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'jstp-demo-'));
  try {
    return await act({ kind: 'journal', directory });
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function withRedis<T>(act: (store: StoreOptions) => Promise<T>): Promise<T> {
  const why = whyRedisServerUnavailable();
  if (why !== undefined) throw new Error(why);
  const server = await RedisServer.start();
  try {
    return await act({ kind: 'redis', url: `unix://${server.socketPath}` });
  } finally {
    await server.stop();
  }
}
