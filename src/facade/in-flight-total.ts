/** Divided among the shards; the rest is for whoever comes first. */
const RESERVED_PART = 1 / 4;

/**
 * The memory that operations in flight to all shards share. A part of it is reserved for each shard, so that one
 * that does not answer leaves the others something. A single shard has all of it.
 */
export class InFlightTotal {
  readonly bytesMax: number;
  /** What each shard may have whatever the others have. */
  readonly #sharePart: number;
  /** Up to here the total may grow with what is more than a shard's part. */
  readonly #commonMax: number;
  #bytes = 0;

  constructor(bytesMax: number, shards: number) {
    this.bytesMax = bytesMax;
    // Of an unlimited total, parts would be no numbers.
    const isLimited = bytesMax < Number.POSITIVE_INFINITY;
    this.#sharePart = isLimited ? (bytesMax * RESERVED_PART) / shards : bytesMax;
    this.#commonMax = isLimited ? bytesMax - (shards - 1) * this.#sharePart : bytesMax;
  }

  /** In flight to all shards. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a shard that has so much in flight may have so much more. */
  hasRoom(shareBytes: number, bytes: number): boolean {
    if (this.#bytes + bytes <= this.#commonMax) return true;
    if (shareBytes + bytes <= this.#sharePart) return true;
    // A session that is larger than a shard's part gets through when its shard has nothing else to do.
    return shareBytes === 0 && this.#bytes + bytes <= this.bytesMax;
  }

  /** Whether all shards together may have so much more, up to `part` times the limit. */
  hasHeadroom(bytes: number, part: number): boolean {
    return this.#bytes + bytes <= this.bytesMax * part;
  }

  /** `bytes`: negative for what is no longer in flight. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }
}
