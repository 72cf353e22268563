import { ioredis } from './ioredis.js';
import { lmdb, lmdbDisk, lmdbSynced } from './lmdb.js';
import { memorystore } from './memorystore.js';
import { nodeRedis } from './node-redis.js';
import type { PeerKind } from './peer.js';
import { journals, redis, sharded } from './sharded.js';
import { bareMap, builtIn, builtInStrings } from './synchronous.js';

/** Ours first. */
export const PEER_KINDS: readonly PeerKind[] = [
  sharded,
  ...journals,
  redis,
  builtIn,
  builtInStrings,
  memorystore,
  lmdb,
  lmdbDisk,
  lmdbSynced,
  ioredis,
  nodeRedis,
  bareMap,
];

/** Throws for a name that no kind has. */
export function peerKindOf(name: string): PeerKind {
  const kind = PEER_KINDS.find((one) => one.name === name);
  if (kind !== undefined) return kind;
  const names = PEER_KINDS.map((one) => one.name).join(', ');
  throw new RangeError(`expected one of ${names}, got "${name}"`);
}
