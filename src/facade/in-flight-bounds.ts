/**
 * What may be in flight: a port has no backpressure of its own, and would take what is posted until the process
 * is out of memory. Bytes are those of ids and values. All but `totalBytesMax` are of one shard.
 */
export interface InFlightBounds {
  /** Operations that were taken and are not acknowledged; above it they are refused. */
  readonly operationsMax: number;
  readonly bytesMax: number;
  /** The part of them that is posted to the shard; the rest waits on this side, where it can be replaced. */
  readonly postedOperationsMax: number;
  readonly postedBytesMax: number;
  /** Of all shards together; here each operation counts as {@link OPERATION_BYTES} more. */
  readonly totalBytesMax: number;
  /** Of the values in one reply. A shard posts four such replies before this side has read one. */
  readonly replyBytesMax: number;
  /** Calls that a shard makes of its server at the same time; the reply to each may have a value above 1 MiB. */
  readonly remoteCallsMax: number;
}

/** What an operation in flight takes on the heap beside its id and value; 400 to 530 are measured. */
export const OPERATION_BYTES = 512;

/** Of what may live on the heap: the application has the rest, and garbage that is not collected yet. */
const HEAP_PART = 1 / 3;
/** What is posted is copied outside of the heap: at worst as much again, so at most a quarter of the container. */
const MEMORY_PART = 1 / 8;
/** A worker may have no more heap than this thread, and its batches are there until they are answered. */
const POSTED_HEAP_PART = 1 / 8;

/**
 * For a process with heap and memory to spare. A burst of 100,000 connections that close at once must pass through
 * one shard; 128 MiB on top of the sessions are bearable for a server that holds so many. See `docs/decisions.md`.
 */
export const IN_FLIGHT_BOUNDS: InFlightBounds = {
  operationsMax: 131_072,
  bytesMax: 134_217_728,
  postedOperationsMax: 16_384,
  postedBytesMax: 16_777_216,
  totalBytesMax: Number.POSITIVE_INFINITY,
  replyBytesMax: 1_048_576,
  // At 20 ms from a server, 12,800 calls a second.
  remoteCallsMax: 256,
};

/** What the replies of all shards may take together that this side has not read, outside of the heap. */
const REPLIES_MEMORY_PART = 1 / 16;
/** As many are posted before one is read, see `shard/reply-window.ts`. */
const REPLIES = 4;
const REPLY_BYTES_MIN = 16_384;
const REMOTE_CALLS_MIN = 4;

export interface ThreadMemory {
  readonly shards: number;
  /** What a session may take, encoded. */
  readonly sessionBytesMax: number;
  /** What may live on the heap of the server's thread. */
  readonly heapBytes: number;
  /** What the process may use. */
  readonly memoryBytes: number;
}

/** The bounds for a process that has so much memory. */
export function inFlightBoundsFor(memory: ThreadMemory): InFlightBounds {
  const { shards, sessionBytesMax, heapBytes, memoryBytes } = memory;
  const { bytesMax, postedBytesMax, replyBytesMax, remoteCallsMax } = IN_FLIGHT_BOUNDS;
  const repliesPart = (memoryBytes * REPLIES_MEMORY_PART) / shards;
  const replyPart = Math.floor(repliesPart / REPLIES);
  const callsPart = Math.floor(repliesPart / (replyBytesMax + sessionBytesMax));
  const totalBytesMax = Math.floor(Math.min(heapBytes * HEAP_PART, memoryBytes * MEMORY_PART));
  return {
    ...IN_FLIGHT_BOUNDS,
    bytesMax: Math.min(bytesMax, totalBytesMax),
    postedBytesMax: Math.min(postedBytesMax, Math.floor(heapBytes * POSTED_HEAP_PART)),
    totalBytesMax,
    replyBytesMax: Math.max(REPLY_BYTES_MIN, Math.min(replyBytesMax, replyPart)),
    remoteCallsMax: Math.max(REMOTE_CALLS_MIN, Math.min(remoteCallsMax, callsPart)),
  };
}
