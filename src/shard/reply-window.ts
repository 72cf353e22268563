/** Replies that were not read yet may have as many times the bytes of one. */
const WINDOW_REPLIES = 4;

/**
 * How much the values in replies may take that the server's thread has not read: before they are posted they
 * are on this thread's heap, and then outside of any heap, in the queue of a port, which has no bound of its own.
 * When it is full the shard waits for a receipt, which it has asked for once in about every `replyBytesMax`.
 */
export class ReplyWindow {
  readonly #replyBytesMax: number;
  #unread = 0;
  // Posted since a receipt was asked for.
  #unasked = 0;
  // For each receipt that was asked for and has not come, what it tells to be read.
  readonly #asked: number[] = [];

  /** `replyBytesMax`: of the values in one reply, which its last value may exceed. */
  constructor(replyBytesMax: number) {
    this.#replyBytesMax = replyBytesMax;
  }

  /** Nothing more is to be read from the store. */
  get isFull(): boolean {
    return this.#unread >= this.#replyBytesMax * WINDOW_REPLIES;
  }

  /** Whether a reply with so many bytes is to be posted before more is added to it. */
  isReplyFull(bytes: number): boolean {
    return bytes >= this.#replyBytesMax;
  }

  /** A value was read that is to be posted. */
  onRead(bytes: number): void {
    this.#unread += bytes;
  }

  /** True if a receipt is to be asked for, behind what was posted. */
  onPosted(bytes: number): boolean {
    this.#unasked += bytes;
    const asks = this.#unasked > 0 && (this.isFull || this.#unasked >= this.#replyBytesMax);
    if (asks) {
      this.#asked.push(this.#unasked);
      this.#unasked = 0;
    }
    return asks;
  }

  /** All is read that was posted before the receipt was asked for. */
  onReceipt(): void {
    this.#unread -= this.#asked.shift() ?? 0;
  }
}
