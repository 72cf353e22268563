import type { BatchReader } from '../batch-reader.js';
import type { CancelTimer, Clock } from '../clock.js';
import { packLoopTimes } from '../loop-times.js';
import type { Notice } from '../notice.js';
import {
  type Batch,
  failChanges,
  isReceipt,
  NONE,
  Op,
  opOf,
  type Reply,
  type Result,
  STORE_FULL,
  setCounts,
  slotOf,
} from '../protocol.js';
import { slotWithinShard } from '../slots.js';
import { BatchAnswer } from './batch-answer.js';
import { BusySign } from './busy-sign.js';
import { LoopUtilization } from './loop-utilization.js';
import { ReplyWindow } from './reply-window.js';
import type { SessionStore } from './session-store.js';

/**
 * Looks at sessions in one slice of a purge, between which messages are answered. A look costs about
 * 0.5 us, so a slice stays well below a millisecond.
 */
const PURGE_VISITS_MAX = 1024;

export interface ShardOptions {
  readonly shards: number;
  readonly store: SessionStore;
  readonly clock: Clock;
  /** Bytes of the values in one reply, which its last value may exceed. */
  readonly replyBytesMax: number;
  /** Sends a message to the facade. */
  readonly post: (message: Reply | Notice) => void;
}

/** Applies batches to its store, in order, and purges the store as time goes by. */
export class Shard {
  readonly #shards: number;
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #post: (message: Reply | Notice) => void;
  #cancelPurge: CancelTimer = () => {};
  // The batch that is being applied asks for it.
  #syncs = false;
  // Batches that are applied and wait for the disk.
  #waiting = 0;
  readonly #busySign: BusySign;
  #stopped = false;
  #expiredTold = 0;
  readonly #utilization = new LoopUtilization();
  readonly #window: ReplyWindow;
  // The batch that is being applied, while it waits for the facade to read what it was answered.
  #paused: BatchAnswer | undefined;
  // Batches behind it; the facade bounds what it posts.
  #held: Batch[] = [];

  constructor({ shards, store, clock, replyBytesMax, post }: ShardOptions) {
    this.#shards = shards;
    this.#store = store;
    this.#clock = clock;
    this.#post = post;
    this.#window = new ReplyWindow(replyBytesMax);
    this.#busySign = new BusySign({ clock, post, isBusy: () => this.#waiting > 0 });
  }

  start(): void {
    this.#post({ kind: 'ready' });
    this.#purge();
  }

  /** `isFenced`: see `SessionStore.close`. */
  stop(isFenced = false): void {
    this.#stopped = true;
    this.#cancelPurge();
    this.#busySign.stop();
    this.#store.close(isFenced);
  }

  /** Applies one message of the facade and answers it. */
  receive(message: unknown): void {
    if (isReceipt(message)) {
      this.#window.onReceipt();
      this.#goOn();
    } else if (this.#paused === undefined) {
      this.#answer(new BatchAnswer(message as Batch));
    } else {
      this.#held.push(message as Batch);
    }
  }

  /** Goes on with what waits for a receipt, as far as the window allows. */
  #goOn(): void {
    const answer = this.#paused;
    if (answer === undefined || this.#window.isFull) return;
    this.#paused = undefined;
    this.#answer(answer);
    const held = this.#held;
    this.#held = [];
    for (const batch of held) this.receive(batch);
  }

  #answer(answer: BatchAnswer): void {
    const { reader } = answer;
    const window = this.#window;
    while (!reader.done) {
      if (window.isFull) {
        this.#pause(answer);
        return;
      }
      const result = this.#apply(reader);
      answer.push(result);
      if (typeof result === 'string') this.#onRead(answer, result.length);
    }
    this.#commit(answer);
  }

  #onRead(answer: BatchAnswer, bytes: number): void {
    answer.valueBytes += bytes;
    this.#window.onRead(bytes);
    const isPart = !answer.reader.done;
    if (isPart && this.#window.isReplyFull(answer.valueBytes)) this.#commit(answer);
  }

  /** Until the facade has read what was posted. What is not posted yet is, or would be waited for in vain. */
  #pause(answer: BatchAnswer): void {
    this.#paused = answer;
    if (answer.hasNews) this.#commit(answer);
    else if (this.#window.onPosted(0)) this.#post({ kind: 'receiptWanted' });
  }

  /** Posts the reply that was made so far, when what was done is safe. */
  #commit(answer: BatchAnswer): void {
    const { valueBytes } = answer;
    const reply = answer.take();
    this.#waiting++;
    const syncs = this.#syncs;
    this.#syncs = false;
    this.#store.commit(syncs, (safe) => {
      this.#waiting--;
      if (!safe) failChanges(answer.batch, reply);
      // As they are now: a notice may have told newer ones than those of the batch.
      const counts = this.#store.counts();
      setCounts(reply, counts);
      this.#expiredTold = counts.expired;
      this.#post(reply);
      if (this.#window.onPosted(valueBytes)) this.#post({ kind: 'receiptWanted' });
    });
    if (this.#waiting > 0) this.#busySign.start();
  }

  #apply(reader: BatchReader): Result {
    const head = reader.number();
    const slot = slotWithinShard(slotOf(head), this.#shards);
    const store = this.#store;
    switch (opOf(head)) {
      case Op.GET:
        return store.get(slot, reader.string(), reader.number()) ?? NONE;
      case Op.SET:
        return doneOrFull(store.set(slot, reader.string(), reader.string(), reader.number()));
      case Op.SET_INACTIVE_VALUE:
        return doneOrFull(
          store.setInactiveValue(slot, reader.string(), reader.string(), reader.number()),
        );
      case Op.SET_INACTIVE:
        store.setInactive(slot, reader.string(), reader.number());
        return NONE;
      case Op.AMEND:
        return doneOrFull(store.amend(slot, reader.string(), reader.string(), reader.string()));
      case Op.DELETE:
        return this.#delete(slot, reader);
      case Op.SIZE:
        return store.size;
      case Op.CLEAR:
        store.clear();
        return NONE;
      case Op.STATS:
        return packLoopTimes(this.#utilization.times());
      case Op.FLUSH:
        return NONE;
      case Op.SYNC:
        this.#syncs = true;
        return NONE;
      default:
        throw new RangeError(`expected an operation, got ${head}`);
    }
  }

  #delete(slot: number, reader: BatchReader): Result {
    const id = reader.string();
    // Nobody else has set anything meanwhile, so it does not matter when the call was made.
    reader.number();
    return this.#store.delete(slot, id) ? 1 : NONE;
  }

  #purge(): void {
    if (this.#stopped) return;
    const waitMs = this.#store.purge(PURGE_VISITS_MAX);
    this.#tellExpired();
    if (waitMs === 0) this.#clock.nextTurn(() => this.#purge());
    else this.#cancelPurge = this.#clock.after(waitMs, () => this.#purge());
  }

  #tellExpired(): void {
    const counts = this.#store.counts();
    if (counts.expired === this.#expiredTold) return;
    this.#expiredTold = counts.expired;
    this.#post({ kind: 'counts', counts });
  }
}

function doneOrFull(done: boolean): Result {
  return done ? NONE : STORE_FULL;
}
