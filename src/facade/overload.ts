import type { Clock } from '../clock.js';
import { SessionStorageError } from '../errors.js';
import type { InFlightBounds } from './in-flight-bounds.js';
import type { InFlightTotal } from './in-flight-total.js';

export interface OverloadOptions {
  readonly shard: number;
  readonly clock: Clock;
  readonly bounds: InFlightBounds;
  readonly total: InFlightTotal;
}

/** What a shard's refused operations fail with: one error for all of a turn, as a flood of refusals must not take memory itself. */
export class Overload {
  readonly #options: OverloadOptions;
  #error: SessionStorageError | undefined;

  constructor(options: OverloadOptions) {
    this.#options = options;
  }

  /** `operations`, `bytes`: in flight to the shard. */
  error({ operations, bytes }: { readonly operations: number; readonly bytes: number }) {
    if (this.#error !== undefined) return this.#error;
    const { shard, clock, bounds, total } = this.#options;
    const expected = `expected at most ${bounds.operationsMax} operations and ${bounds.bytesMax} bytes in flight to a shard, and ${total.bytesMax} bytes of memory for all shards`;
    const detail = `shard ${shard}: ${expected}, got ${operations}, ${bytes} and ${total.bytes}, and more`;
    this.#error = new SessionStorageError('ERR_OVERLOADED', detail);
    clock.nextTurn(() => {
      this.#error = undefined;
    });
    return this.#error;
  }
}
