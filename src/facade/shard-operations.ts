import type { Clock } from '../clock.js';
import type { SessionStorageError } from '../errors.js';
import * as protocol from '../protocol.js';
import { slotOfHash } from '../slots.js';
import type { Amendment } from './late-messages.js';
import type { ObservedPromise, ReportError } from './observed-promise.js';
import {
  AmendOperation,
  Gathering,
  type Operation,
  PromisedOperation,
  SetOperation,
} from './operations.js';
import type { ShardChannel } from './shard-channel.js';
import type { ShardRouter } from './shard-router.js';

export interface ShardOperationsOptions {
  readonly router: ShardRouter;
  readonly clock: Clock;
  readonly inactiveSessionLifetimeMs: number;
  readonly activeSessionLifetimeMs: number;
  readonly report: ReportError;
}

/** Each operation on stored sessions as what its shard, or every shard, is asked. */
export class ShardOperations {
  readonly #options: ShardOperationsOptions;
  // Of the last `set`.
  #lastSet: SetOperation | undefined;
  #lastSetChannel: ShardChannel | undefined;

  constructor(options: ShardOperationsOptions) {
    this.#options = options;
  }

  get(slot: number, id: string, operation: Operation): void {
    const { router, clock, activeSessionLifetimeMs } = this.#options;
    const batch = router.channelOf(slot).queue(operation, id.length);
    protocol.appendGet(batch, slot, id, clock.now() + activeSessionLifetimeMs);
  }

  /**
   * To be called before the work of encoding a value. Throws `ERR_OVERLOADED` or `ERR_SHARD_UNAVAILABLE`
   * if no value of this id could be taken.
   */
  assertTakesSet(slot: number, id: string): void {
    this.#options.router.channelOf(slot).assertTakesSet(id);
  }

  /** Throws like {@link assertTakesSet}. */
  set(slot: number, id: string, value: string, nowMs: number): ObservedPromise<void> {
    const { router, report, activeSessionLifetimeMs } = this.#options;
    const channel = router.channelOf(slot);
    const deadline = nowMs + activeSessionLifetimeMs;
    const diverted = channel.divertSet(id, value, deadline);
    if (diverted !== undefined) return diverted;
    const operation = new SetOperation(id, report);
    const batch = channel.queue(operation, id.length + value.length);
    protocol.appendSet(batch, slot, id, value, deadline);
    this.#lastSet = operation;
    this.#lastSetChannel = channel;
    return operation.promise;
  }

  /** Throws like {@link assertTakesSet}, but takes some more. */
  setInactive(slot: number, id: string): Promise<void> {
    const { router, report, clock, inactiveSessionLifetimeMs } = this.#options;
    const deadline = clock.now() + inactiveSessionLifetimeMs;
    const joined = this.#joinLastSet(id, deadline);
    if (joined !== undefined) return joined;
    const channel = router.channelOf(slot);
    const diverted = channel.divertSetInactive(id, deadline);
    if (diverted !== undefined) return diverted;
    const operation = new PromisedOperation<void>(report, () => {});
    protocol.appendSetInactive(channel.queueSetInactive(operation, id.length), slot, id, deadline);
    return operation.promise;
  }

  /** `calledMs`: now, on the machine's clock. */
  delete(slot: number, id: string, calledMs: number): ObservedPromise<boolean> {
    const { router, report } = this.#options;
    const operation = new PromisedOperation(report, (result) => result !== protocol.NONE);
    protocol.appendDelete(router.channelOf(slot).queue(operation, id.length), slot, id, calledMs);
    return operation.promise;
  }

  /** Throws like {@link assertTakesSet}. */
  amend(amendment: Amendment): void {
    const { id, valueHead, addition } = amendment;
    const { router, report } = this.#options;
    const slot = slotOfHash(router.hashOf(id));
    const channel = router.channelOf(slot);
    const bytes = id.length + addition.length;
    channel.assertTakes(bytes);
    const batch = channel.queue(new AmendOperation(amendment, report), bytes);
    protocol.appendAmend(batch, slot, id, valueHead, addition);
  }

  /** One operation on every shard; its value is made of all results, in the order of the shards. */
  askAll<T>(
    op: protocol.ShardWideOp,
    combine: (results: protocol.Result[]) => T,
  ): ObservedPromise<T> {
    const { router, report } = this.#options;
    const gathering = new Gathering(report, router.shards.length, combine);
    for (const [shard, { channel }] of router.shards.entries()) {
      protocol.appendShardWide(channel.queueShardWide(gathering.part(shard)), op);
    }
    return gathering.promise;
  }

  /** Asks each shard to make durable what came before. Its result is `NOT_SAFE` also if it does not answer in time. */
  syncEach(): Promise<(protocol.Result | undefined)[]> {
    return this.askEach(protocol.Op.SYNC, undefined, ({ code }) =>
      code === 'ERR_TIMEOUT' ? protocol.NOT_SAFE : undefined,
    );
  }

  /**
   * The same as `askAll`; a shard that fails to answer has `resultOf` its failure for its result. `onResult` is called for each answer when
   * it comes, while the worker that gave it still is that of the shard.
   */
  async askEach(
    op: protocol.ShardWideOp,
    onResult: (shard: number, result: protocol.Result) => void = () => {},
    resultOf: (failure: SessionStorageError) => protocol.Result | undefined = () => undefined,
  ): Promise<(protocol.Result | undefined)[]> {
    const asked = this.#options.router.shards.map(
      ({ channel }, shard) =>
        new Promise<protocol.Result | undefined>((resolve) => {
          const succeed = (result: protocol.Result) => {
            onResult(shard, result);
            resolve(result);
          };
          const fail = (failure: SessionStorageError) => resolve(resultOf(failure));
          const operation = { succeed, fail };
          protocol.appendShardWide(channel.queueShardWide(operation), op);
        }),
    );
    return Promise.all(asked);
  }

  /** The host's two calls for a closed connection become one operation. */
  #joinLastSet(id: string, deadline: number): Promise<void> | undefined {
    const set = this.#lastSet;
    const channel = this.#lastSetChannel;
    if (set?.id !== id || channel?.lastBatch === undefined) return undefined;
    if (channel.lastQueued !== set) return undefined;
    protocol.makeLastSetInactive(channel.lastBatch, deadline);
    return set.joinInactive();
  }
}
