import { createHash, randomBytes } from 'node:crypto';

/** Slots over all shards. A shard keeps an index for each, so that none grows so large that its growth stops the shard. */
export const SLOT_COUNT = 1024;

/** Longest session id, in UTF-16 code units. */
export const SESSION_ID_LENGTH_MAX = 1024;

export const SEED_BYTES = 16;

const SLOT_BITS = 10;
const HASH_BITS = 32;
// One key for a constant, one for the length, one for each character.
const KEY_COUNT = SESSION_ID_LENGTH_MAX + 2;

/** Maps a session id to 32 bits, of which the upper ones are the best. */
export type IdHash = (id: string) => number;

/** Maps a session id to its slot. */
export type SlotHash = (id: string) => number;

export function createSeed(): Uint8Array {
  return randomBytes(SEED_BYTES);
}

/**
 * A hash from a strongly universal family (multilinear hashing: Lemire and Kaser, "Strongly
 * universal string hashing is fast", 2014): whichever two ids a client picks, without the seed they
 * share a slot with a chance of one in {@link SLOT_COUNT}, so nobody can aim at one shard. Equal
 * seeds give equal slots in every version of this package.
 */
export function createIdHash(seed: Uint8Array): IdHash {
  const keys = expandSeed(seed);
  return (id) => {
    let sum = keyAt(keys, 0) + Math.imul(keyAt(keys, 1), id.length);
    for (let i = 0; i < id.length; i++) {
      sum = (sum + Math.imul(keyAt(keys, i + 2), id.charCodeAt(i))) | 0;
    }
    return sum;
  };
}

export function slotOfHash(hash: number): number {
  return hash >>> (HASH_BITS - SLOT_BITS);
}

export function createSlotHash(seed: Uint8Array): SlotHash {
  const hashOf = createIdHash(seed);
  return (id) => slotOfHash(hashOf(id));
}

/** The shard that owns a slot. */
export function shardOfSlot(slot: number, shards: number): number {
  return slot % shards;
}

/** The position of a slot among those that its shard owns. */
export function slotWithinShard(slot: number, shards: number): number {
  return Math.floor(slot / shards);
}

/** How many slots a shard owns. */
export function slotsOfShard(shard: number, shards: number): number {
  return Math.ceil((SLOT_COUNT - shard) / shards);
}

function expandSeed(seed: Uint8Array): Int32Array {
  const bytes = createHash('shake256', { outputLength: KEY_COUNT * 4 })
    .update(seed)
    .digest();
  // Read byte by byte, so that the slots are the same on every processor.
  return Int32Array.from({ length: KEY_COUNT }, (_, i) => bytes.readInt32LE(i * 4));
}

/** Ids are at most {@link SESSION_ID_LENGTH_MAX} long when they get here, so the key exists. */
function keyAt(keys: Int32Array, index: number): number {
  return keys[index] as number;
}
