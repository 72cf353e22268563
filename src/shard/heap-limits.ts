import { BATCH_OPERATIONS_MAX } from '../protocol.js';

/** The limits of a worker's heap, as `Worker` of Node.js takes them: in MiB. */
export interface HeapLimits {
  readonly maxOldGenerationSizeMb: number;
  readonly maxYoungGenerationSizeMb: number;
}

const MIB = 2 ** 20;

/** What a shard has on its heap beside values: code, and the batch that it is working on. */
const BASE_MIB = 24;

/** The largest value and one that replaces it may arrive in one batch. */
const INCOMING_VALUES = 2;

/**
 * Sessions lie outside of the heap, but a value that is read is on it until its batch is answered, and each
 * operation of a batch may read the largest. V8 ends the whole process when more than 80 % of the limit
 * lives. It is no more than a limit: a shard at work has a few MiB on its heap.
 */
const OLD_GENERATION_PER_BYTE = 1.25;

/** Semi-spaces of 4 MiB: a batch is garbage soon, and a small one is collected within a millisecond. */
const YOUNG_GENERATION_MIB = 12;

/** The heap limits for a shard whose sessions may take `sessionBytesMax` each, encoded. */
export function heapLimitsFor(sessionBytesMax: number): HeapLimits {
  const bytes = sessionBytesMax * (BATCH_OPERATIONS_MAX + INCOMING_VALUES);
  return {
    maxOldGenerationSizeMb: BASE_MIB + Math.ceil((bytes * OLD_GENERATION_PER_BYTE) / MIB),
    maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB,
  };
}
