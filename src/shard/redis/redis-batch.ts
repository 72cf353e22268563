import {
  createReply,
  type Failure,
  NONE,
  PENDING,
  type Reply,
  type Result,
  setCounts,
} from '../../protocol.js';
import type { ShardCounts } from '../../shard-counts.js';

/** The results of a batch of the facade, as they come. */
export class RedisBatch {
  readonly sequence: number;
  #results: (Result | Failure)[] = [];
  #missing = 0;
  #untold = 0;
  #untoldBytes = 0;
  #isRead = false;

  constructor(sequence: number) {
    this.sequence = sequence;
  }

  get isAnswered(): boolean {
    return this.#isRead && this.#missing === 0;
  }

  /** Some operations are answered and were not told to be, and others are not. */
  get hasPartialNews(): boolean {
    return this.#isRead && this.#untold > 0 && this.#missing > 0;
  }

  /** Of the values that are answered and were not told. */
  get untoldBytes(): number {
    return this.#untoldBytes;
  }

  /** A place for the result of the next operation. */
  expect(): number {
    this.#missing++;
    return this.#results.push(PENDING) - 1;
  }

  /** There are no operations but those that were expected. */
  onRead(): void {
    this.#isRead = true;
  }

  answer(index: number, result: Result | Failure): void {
    this.#results[index] = result;
    this.#missing--;
    this.#untold++;
    if (typeof result === 'string') this.#untoldBytes += result.length;
  }

  /** With what is known by now, to a batch that is read. */
  reply(counts: ShardCounts): Reply {
    const reply = createReply(this.isAnswered ? this.sequence : -this.sequence);
    setCounts(reply, counts);
    for (const result of this.#results) reply.push(result);
    // What is told is not heard again, and may be large.
    if (!this.isAnswered) this.#results = this.#results.map(forget);
    this.#untold = 0;
    this.#untoldBytes = 0;
    return reply;
  }
}

function forget(result: Result | Failure): Result {
  return result === PENDING ? PENDING : NONE;
}
