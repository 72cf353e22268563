import { type Reply, resultAt } from '../../src/protocol.js';
import { type AppliedBatch, repliesOf } from './batch.js';
import { Violation } from './trace.js';

/** What a worker replies must be what its store has answered, batch by batch. */
export class ReplyCheck {
  // What it has not answered, and what the facade has not heard the answer to.
  readonly #unanswered: AppliedBatch[] = [];
  readonly #unheard: AppliedBatch[] = [];

  onApply(batch: AppliedBatch): void {
    this.#unanswered.push(batch);
    this.#unheard.push(batch);
  }

  onReply(reply: Reply): void {
    const next = this.#unanswered.shift();
    if (next === undefined) throw new Violation(`expected no reply, got ${reply[0]}`);
    const expected = repliesOf(next);
    const results = reply.slice(resultAt(0));
    const same = expected.every((result, i) => result === undefined || result === results[i]);
    if (same && results.length === expected.length) return;
    throw new Violation(`reply ${reply[0]}: expected ${expected}, got ${results}`);
  }

  onHeard(): void {
    this.#unheard.shift();
  }

  /** It has ended in the middle of the batch that it was given last. */
  onEndInBatch(): void {
    this.#unheard.pop();
  }

  /** What its successor is asked again. */
  get unheard(): readonly AppliedBatch[] {
    return this.#unheard;
  }
}
