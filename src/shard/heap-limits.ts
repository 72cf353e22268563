/** The limits of a worker's heap, as `Worker` of Node.js takes them: in MiB. */
export interface HeapLimits {
  readonly maxOldGenerationSizeMb: number;
  readonly maxYoungGenerationSizeMb: number;
}

/** What a shard may have been asked and not have answered, as its disk or its server is slow or away. */
export interface Unanswered {
  readonly operations: number;
  /** Of ids and values. */
  readonly bytes: number;
}

const MIB = 2 ** 20;

/** What a shard has on its heap beside values: code, and the batch that it is working on. */
const BASE_MIB = 24;

/** Values that are on the heap together: two that arrive, one that is read, and one that is written to a journal. */
const LARGEST_VALUES = 4;

/** About 250 are measured for an operation that waits for a server, and as many again while this is asked. */
const OPERATION_BYTES = 1_024;

/** More than this in one reply makes nothing faster; see `docs/design/resources.md`. */
const REPLY_BYTES_MAX = 2 ** 20;
/** A window of replies, and what V8 has not collected of those before, in a quarter of the heap. */
const REPLY_HEAP_PART = 1 / 32;

/**
 * Sessions lie outside of the heap, but a value that is read is on it until its reply is posted. V8 ends the whole
 * process when more than 80 % of the limit lives; and garbage takes as much again. It is no more than a limit:
 * a shard at work has a few MiB on its heap.
 */
const OLD_GENERATION_PER_BYTE = 2.5;

/** Semi-spaces of 4 MiB: a batch is garbage soon, and a small one is collected within a millisecond. */
const YOUNG_GENERATION_MIB = 12;

/** What a server is asked lives until it answers. In 4 MiB half of it survives, which costs 6 % of all gets. */
const YOUNG_GENERATION_REMOTE_MIB = 48;

export interface HeapNeeds {
  /** What a session may take, encoded. */
  readonly sessionBytesMax: number;
  readonly unanswered: Unanswered;
  /** The shard has its sessions on a server. */
  readonly isRemote: boolean;
}

/** The heap limits for a shard. The process's `--max-old-space-size` holds instead of them, if it is given. */
export function heapLimitsFor({ sessionBytesMax, unanswered, isRemote }: HeapNeeds): HeapLimits {
  const valueBytes = sessionBytesMax * LARGEST_VALUES + REPLY_BYTES_MAX / REPLY_HEAP_PART;
  const bytes = valueBytes + unanswered.bytes + unanswered.operations * OPERATION_BYTES;
  return {
    maxOldGenerationSizeMb: BASE_MIB + Math.ceil((bytes * OLD_GENERATION_PER_BYTE) / MIB),
    maxYoungGenerationSizeMb: isRemote ? YOUNG_GENERATION_REMOTE_MIB : YOUNG_GENERATION_MIB,
  };
}

/** Bytes of the values in one reply of a shard that has so much heap. */
export function replyBytesMaxOf(heapBytes: number): number {
  return Math.min(REPLY_BYTES_MAX, Math.ceil(heapBytes * REPLY_HEAP_PART));
}
