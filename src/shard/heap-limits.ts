/** The limits of a worker's heap, as Node.js takes them. */
export interface HeapLimits {
  readonly maxOldGenerationSizeMb: number;
  readonly maxYoungGenerationSizeMb: number;
}

const MIB = 2 ** 20;

/** What a shard has on its heap beside sessions: code, the message that it is working on, and so on. */
const BASE_MIB = 24;
const OLD_GENERATION_PER_BYTE = 1.2;
const YOUNG_GENERATION_MIB = 12;

/** The heap that a shard needs whose sessions may take `bytesMax`. */
export function heapLimitsFor(bytesMax: number): HeapLimits {
  return {
    maxOldGenerationSizeMb: BASE_MIB + Math.ceil((bytesMax * OLD_GENERATION_PER_BYTE) / MIB),
    maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB,
  };
}
