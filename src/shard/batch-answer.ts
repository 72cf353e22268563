import { BatchReader } from '../batch-reader.js';
import {
  type Batch,
  countOperations,
  createReply,
  NONE,
  PENDING,
  type Reply,
  type Result,
} from '../protocol.js';

/** A batch that is being applied, and its answers: in one reply, or in several if their values are large. */
export class BatchAnswer {
  readonly batch: Batch;
  readonly reader: BatchReader;
  readonly #sequence: number;
  #reply: Reply;
  /** Of the values in the reply that is being made. */
  valueBytes = 0;
  // Results in the replies that were taken before.
  #taken = 0;
  #count = 0;
  #operations: number | undefined;

  constructor(message: Batch) {
    this.batch = message;
    this.reader = new BatchReader(message);
    this.#sequence = this.reader.number();
    this.#reply = createReply(this.#sequence);
  }

  push(result: Result): void {
    this.#reply.push(result);
    this.#count++;
  }

  /** The reply that has been made so far: the last one if the batch is applied, else one of its parts. */
  take(): Reply {
    const reply = this.#reply;
    if (this.reader.done) return reply;
    this.#operations ??= countOperations(this.batch);
    reply[0] = -this.#sequence;
    for (let i = this.#count; i < this.#operations; i++) reply.push(PENDING);
    this.#taken = this.#count;
    this.#reply = createReply(this.#sequence);
    // They were told, and nobody looks at them again.
    for (let i = 0; i < this.#taken; i++) this.#reply.push(NONE);
    this.valueBytes = 0;
    return reply;
  }

  /** Something is in the reply that was not taken. */
  get hasNews(): boolean {
    return this.#count > this.#taken;
  }
}
