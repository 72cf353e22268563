/**
 * How a stored session begins: its format version (1 byte) and a stamp (8 bytes), which tells stores that many
 * servers share which of two values is the newer one. A stamp is
 *
 *   time (6 bytes)    Unix ms of the machine's clock at the `set`
 *   writer (1 byte)   of the provider, at random; 0 in most values of versions before
 *   count (1 byte)    of this writer's values within the millisecond
 *
 * compared as one number, but for values of two writers in one millisecond: the clocks of two machines do not agree
 * that closely, so of these the one that comes later to the store is the newer one.
 */
export const HEAD_BYTES = 9;
export const FORMAT_VERSION = 1;

const TIME_AT = 1;
const TIME_BYTES = 6;
const WRITER_AT = TIME_AT + TIME_BYTES;
const COUNT_AT = WRITER_AT + 1;

const COUNT_MAX = 0xff;
/** 0 is that of older versions, 255 that of tombstones. */
const WRITERS = 0xfe;
/** Ids whose stored stamps are ahead of this machine's clock; each takes some 100 bytes. */
const AHEAD_MAX = 65_536;

export interface SessionStampsOptions {
  /** 0 to less than 1: which writer this is. */
  readonly random: number;
  /**
   * The machine's clock, if the store also has values of other servers, whose clocks may be ahead of it. Default:
   * there are no other servers.
   */
  readonly sharedClock?: () => number;
}

/** Gives out the stamps of one provider: each is unique, and newer than all stamps of the same id that were seen before. */
export class SessionStamps {
  readonly #sharedClock: (() => number) | undefined;
  readonly #writer: number;
  /** Never goes back, whatever the clock does: else a set would be older than what it follows. */
  #lastMs = 0;
  #count = 0;
  // Of ids whose stored value is ahead of the clock: the time of its stamp.
  readonly #ahead = new Map<string, number>();

  constructor({ random, sharedClock }: SessionStampsOptions) {
    this.#writer = 1 + Math.floor(random * WRITERS);
    this.#sharedClock = sharedClock;
  }

  /** Writes the stamp of a value that is made now. */
  write(bytes: Buffer, id: string, nowMs: number): void {
    this.#advance(nowMs);
    const aheadMs = this.#ahead.size === 0 ? undefined : this.#ahead.get(id);
    const isAhead = aheadMs !== undefined && this.#passAhead(id, aheadMs);
    bytes.writeUIntBE(isAhead ? aheadMs + 1 : this.#lastMs, TIME_AT, TIME_BYTES);
    bytes[WRITER_AT] = this.#writer;
    bytes[COUNT_AT] = this.#count;
  }

  /** The time of a change of the id that is made now: not older than any value of it that was seen before. */
  timeOf(id: string, nowMs: number): number {
    this.#follow(nowMs);
    return Math.max(this.#lastMs, this.#ahead.get(id) ?? 0);
  }

  /**
   * To be called with each value that was read from the store: what is set after it is newer, whatever the clocks
   * of the servers say.
   */
  see(id: string, value: string): void {
    if (this.#sharedClock === undefined || !isStamped(value)) return;
    const timeMs = timeOfHead(value);
    if (timeMs <= this.#lastMs) return;
    this.#follow(this.#sharedClock());
    if (timeMs <= this.#lastMs) return;
    if (this.#ahead.size >= AHEAD_MAX) this.#forgetAhead();
    this.#ahead.set(id, timeMs);
  }

  #advance(nowMs: number): void {
    if (this.#follow(nowMs)) return;
    if (++this.#count > COUNT_MAX) {
      this.#lastMs++;
      this.#count = 0;
    }
  }

  /** True if the clock has gone on since the last stamp. */
  #follow(nowMs: number): boolean {
    if (!(nowMs > this.#lastMs)) return false;
    this.#lastMs = nowMs;
    this.#count = 0;
    return true;
  }

  /** False if the clock has caught up. */
  #passAhead(id: string, aheadMs: number): boolean {
    this.#ahead.delete(id);
    if (aheadMs < this.#lastMs) return false;
    this.#ahead.set(id, aheadMs + 1);
    return true;
  }

  /** From then on all stamps are ahead, so that none is older than a value that was seen. */
  #forgetAhead(): void {
    for (const timeMs of this.#ahead.values()) this.#follow(timeMs + 1);
    this.#ahead.clear();
  }
}

function isStamped(value: string): boolean {
  return value.length >= HEAD_BYTES && value.charCodeAt(0) === FORMAT_VERSION;
}

/** The time in a head, in Unix ms. */
export function timeOfHead(head: string): number {
  let timeMs = 0;
  for (let at = TIME_AT; at < WRITER_AT; at++) timeMs = timeMs * 0x100 + head.charCodeAt(at);
  return timeMs;
}

/** Above 0: the stored value is newer than the one with this head; 0: it has the same stamp. As the script has it. */
export function compareHeads(stored: string, head: string): number {
  if (stored.length < HEAD_BYTES || stored[0] !== head[0]) return -1;
  const apartMs = timeOfHead(stored) - timeOfHead(head);
  if (apartMs !== 0) return apartMs;
  if (stored[WRITER_AT] !== head[WRITER_AT]) return -1;
  return stored.charCodeAt(COUNT_AT) - head.charCodeAt(COUNT_AT);
}
