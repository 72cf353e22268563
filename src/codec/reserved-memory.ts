/** In one stored session. */
export const RESERVED_BYTES_MAX = 2 ** 30;
/** Each resizable buffer takes a mapping of its own from the operating system, of which a process has 65,530. */
const BUFFER_BYTES_MIN = 2 ** 20;

/**
 * What the resizable ArrayBuffers of one session reserve: V8 sets the address space of each aside up to its
 * `maxByteLength`, whatever its length is.
 */
export class ReservedMemory {
  #left = RESERVED_BYTES_MAX;

  /** Begins with another session. */
  reset(): void {
    this.#left = RESERVED_BYTES_MAX;
  }

  /** Throws if that is too much. */
  take(maxByteLength: number): void {
    this.#left -= Math.max(BUFFER_BYTES_MIN, maxByteLength);
    if (this.#left >= 0) return;
    throw new RangeError(
      `expected resizable ArrayBuffers that reserve at most ${RESERVED_BYTES_MAX} bytes, each counted as ${BUFFER_BYTES_MIN} at least, got more`,
    );
  }
}
