/**
 * What one shard may have in flight: a port has no backpressure of its own, and would take what is posted
 * until the process is out of memory. Bytes are those of ids and values.
 */
export interface InFlightBounds {
  /** Operations that were taken and are not acknowledged; above it they are refused. */
  readonly operationsMax: number;
  readonly bytesMax: number;
  /** The part of them that is posted to the shard; the rest waits on this side, where it can be replaced. */
  readonly postedOperationsMax: number;
  readonly postedBytesMax: number;
}

/**
 * A burst of 100,000 connections that close at once must pass through one shard; 128 MiB on top of the
 * sessions are bearable for a server that holds so many. See `docs/decisions.md`.
 */
export const IN_FLIGHT_BOUNDS: InFlightBounds = {
  operationsMax: 131_072,
  bytesMax: 134_217_728,
  postedOperationsMax: 16_384,
  postedBytesMax: 16_777_216,
};
