/** The limits of a worker's heap, as `Worker` of Node.js takes them: in MiB. */
export interface HeapLimits {
  readonly maxOldGenerationSizeMb: number;
  readonly maxYoungGenerationSizeMb: number;
}

const MIB = 2 ** 20;

/** What a shard has on its heap beside sessions: code, and the batch that it is working on. */
const BASE_MIB = 24;

/** A value that replaces another is on the heap beside it, perhaps with one that is garbage already. */
const INCOMING_VALUES = 2;

/**
 * V8 collects at the latest half-way between what lives and the limit, and ends the whole process when
 * more than 80 % of the limit lives. The sessions that live are at most 83 % of the bytes that are
 * counted for them, so 69 % of this limit.
 */
const OLD_GENERATION_PER_BYTE = 1.2;

/** Semi-spaces of 4 MiB: sessions survive each scavenge, so a larger one would only stop for longer. */
const YOUNG_GENERATION_MIB = 12;

/**
 * The heap limits for a shard whose sessions may take `bytesMax` in its store, and each of them
 * `sessionBytesMax` encoded.
 */
export function heapLimitsFor(bytesMax: number, sessionBytesMax: number): HeapLimits {
  const bytes = bytesMax * OLD_GENERATION_PER_BYTE + sessionBytesMax * INCOMING_VALUES;
  return {
    maxOldGenerationSizeMb: BASE_MIB + Math.ceil(bytes / MIB),
    maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB,
  };
}
