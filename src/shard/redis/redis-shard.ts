import { BatchReader } from '../../batch-reader.js';
import type { CancelTimer, Clock } from '../../clock.js';
import { packLoopTimes } from '../../loop-times.js';
import type { Notice } from '../../notice.js';
import {
  type Batch,
  type Failure,
  isReceipt,
  NONE,
  Op,
  opOf,
  type Reply,
  type Result,
} from '../../protocol.js';
import { createSlotHash, type SlotHash, shardOfSlot } from '../../slots.js';
import { BusySign } from '../busy-sign.js';
import { LoopUtilization } from '../loop-utilization.js';
import { ReplyWindow } from '../reply-window.js';
import { removeSessions } from './all-sessions.js';
import { CallGate } from './call-gate.js';
import { LeaseRenewals } from './lease-renewals.js';
import { RedisBatch } from './redis-batch.js';
import type { RedisClient, RedisListener } from './redis-client.js';
import { failureOf } from './reply-error.js';
import { RequestQueue } from './request-queue.js';
import { RequestRunner } from './request-runner.js';
import { ResultReader } from './result-reader.js';
import { ScriptOp } from './script.js';
import { idOfKey } from './session-key.js';
import { tombstoneOf } from './tombstone.js';

/** What is answered of a batch after so long is told, whatever the rest takes. */
const PARTLY_AFTER_MS = 20;

export interface RedisShardOptions {
  readonly shard: number;
  readonly shards: number;
  /** Of the hash that leads to the shard of an id. */
  readonly seed: Uint8Array;
  /** Of all keys. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly connect: (listener: RedisListener) => RedisClient;
  /** Bytes of the values in one reply, which its last value may exceed. */
  readonly replyBytesMax: number;
  /** Calls of the script at the same time. */
  readonly callsMax: number;
  /** Sends a message to the facade. */
  readonly post: (message: Reply | Notice) => void;
}

/** Applies batches to the sessions in Redis. A batch is answered when all of it is done, whatever the one before it takes. */
export class RedisShard {
  readonly #options: RedisShardOptions;
  readonly #slotOf: SlotHash;
  readonly #client: RedisClient;
  readonly #runner: RequestRunner;
  readonly #queue: RequestQueue;
  readonly #results = new ResultReader();
  readonly #utilization = new LoopUtilization();
  readonly #window: ReplyWindow;
  readonly #gate: CallGate;
  readonly #busySign: BusySign;
  readonly #unanswered = new Set<RedisBatch>();
  /** Operations on all sessions. */
  readonly #tasks = new Set<Promise<void>>();
  // Batches that come while all sessions are deleted, to be read behind that.
  #held: (() => void)[] | undefined;
  #isReady = false;
  #isTicking = false;
  #cancelTick: CancelTimer = () => {};

  constructor(options: RedisShardOptions) {
    const { clock, random, post, connect, prefix, seed, replyBytesMax, callsMax } = options;
    this.#options = options;
    this.#slotOf = createSlotHash(seed);
    this.#window = new ReplyWindow(replyBytesMax);
    this.#gate = new CallGate(callsMax, () => this.#window.isFull);
    // Neither calls back before this is made.
    const client = connect({
      onReady: () => this.#onReady(),
      onLost: (reason) => runner.onLost(reason),
    });
    const runner = new RequestRunner({
      client,
      clock,
      random,
      results: this.#results,
      gate: this.#gate,
      onConnection: post,
      onPartly: ({ batch }) => this.#settle(batch),
      onUnrenewed: (id, value, deadline) => renewals.add(id, value, deadline),
      onWritesRefused: (request) => queue.onWritesRefused(request),
    });
    this.#client = client;
    this.#runner = runner;
    const queue = new RequestQueue({
      prefix,
      client,
      runner,
      onLifetime: (id) => renewals.cancel(id),
      onAnswered: (batch) => this.#settle(batch),
    });
    this.#queue = queue;
    const { script } = client;
    const isBusyId = (id: string) => queue.isBusy(id);
    const renewals = new LeaseRenewals({ prefix, script, clock, runner, isBusy: isBusyId });
    const isBusy = () => !this.#isReady || this.#unanswered.size > 0;
    this.#busySign = new BusySign({ clock, post, isBusy });
  }

  /** Says that it is ready when the server can be asked. */
  start(): void {
    this.#busySign.start();
  }

  /** Applies one message of the facade and answers it. */
  receive(message: unknown): void {
    if (isReceipt(message)) {
      this.#window.onReceipt();
      this.#gate.open();
      return;
    }
    const reader = new BatchReader(message as Batch);
    const batch = new RedisBatch(reader.number());
    this.#unanswered.add(batch);
    this.#busySign.start();
    this.#tick();
    if (this.#held === undefined) this.#read(batch, reader);
    else this.#held.push(() => this.#read(batch, reader));
  }

  stop(): void {
    this.#runner.stop();
    this.#busySign.stop();
    this.#cancelTick();
    this.#client.close();
  }

  #onReady(): void {
    if (!this.#isReady) {
      this.#isReady = true;
      this.#options.post({ kind: 'ready' });
    }
    this.#runner.onReady();
  }

  #read(batch: RedisBatch, reader: BatchReader): void {
    while (!reader.done) {
      const op = opOf(reader.number());
      if (this.#readSessionOp(op, batch, reader)) continue;
      this.#queue.start();
      const index = batch.expect();
      if (op === Op.CLEAR) {
        this.#clear(batch, index, () => this.#read(batch, reader));
        return;
      }
      this.#doShardWide(op, batch, index);
    }
    this.#queue.start();
    batch.onRead();
    this.#settle(batch);
  }

  /** False for an operation that is not on one session. */
  #readSessionOp(op: Op, batch: RedisBatch, reader: BatchReader): boolean {
    const queue = this.#queue;
    switch (op) {
      case Op.GET:
        queue.add(batch, reader.string(), ScriptOp.GET, reader.number());
        return true;
      case Op.SET:
      case Op.SET_INACTIVE_VALUE: {
        const id = reader.string();
        const value = reader.string();
        const scriptOp = op === Op.SET ? ScriptOp.SET : ScriptOp.SET_OR_TOUCH;
        queue.add(batch, id, scriptOp, reader.number(), value);
        return true;
      }
      case Op.SET_INACTIVE:
        queue.add(batch, reader.string(), ScriptOp.TOUCH, reader.number());
        return true;
      case Op.AMEND:
        queue.add(batch, reader.string(), ScriptOp.APPEND, 0, reader.string(), reader.string());
        return true;
      case Op.DELETE:
        queue.add(batch, reader.string(), ScriptOp.DELETE, 0, tombstoneOf(reader.number()));
        return true;
      default:
        return false;
    }
  }

  #doShardWide(op: Op, batch: RedisBatch, index: number): void {
    switch (op) {
      case Op.STATS:
        batch.answer(index, packLoopTimes(this.#utilization.times()));
        break;
      case Op.FLUSH:
      case Op.SYNC:
        this.#doBehindAll(batch, index, () => Promise.resolve(NONE));
        break;
      case Op.SIZE:
        // All shards see the same keys.
        if (this.#options.shard > 0) batch.answer(index, 0);
        else this.#doBehindAll(batch, index, () => this.#client.countSessions());
        break;
      default:
        throw new RangeError(`expected an operation, got ${op}`);
    }
  }

  /** Does something once all before it is done. */
  #doBehindAll(batch: RedisBatch, index: number, act: () => Promise<Result>): Promise<void> {
    const before = Promise.all([this.#queue.finished(), ...this.#tasks]);
    const task = before.then(async () => {
      const isDone = await this.#runner.insist(async () => {
        const result = await this.#attempt(act);
        if (result !== undefined) batch.answer(index, result);
        return result !== undefined;
      });
      this.#tasks.delete(task);
      if (isDone) this.#settle(batch);
    });
    this.#tasks.add(task);
    return task;
  }

  /** `undefined` if it is to be tried again. */
  async #attempt(act: () => Promise<Result>): Promise<Result | Failure | undefined> {
    try {
      return await act();
    } catch (error) {
      const { code, detail } = failureOf(error as Error);
      // Who may ask for sessions, but not for all: that does not pass, and must not hold up the rest.
      const isDenied = code === 'ERR_REDIS_AUTH' && this.#client.isReady;
      if (!isDenied && !this.#runner.isLasting(error)) return undefined;
      return { code, detail };
    }
  }

  /** Each shard removes its own, as it alone knows which of them were set before. What comes meanwhile is done after it. */
  #clear(batch: RedisBatch, index: number, goOn: () => void): void {
    const { prefix, shard, shards } = this.#options;
    this.#held = [goOn];
    const isOwn = (key: Buffer) =>
      shardOfSlot(this.#slotOf(idOfKey(prefix, key)), shards) === shard;
    const cleared = this.#doBehindAll(batch, index, async () => {
      await removeSessions(this.#client, isOwn);
      return NONE;
    });
    void cleared.then(() => this.#release());
  }

  /** Reads what was held, up to the next that holds what comes behind it. */
  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (let next = held.shift(); next !== undefined; next = held.shift()) {
      next();
      if (this.#holdBehind(held)) return;
    }
  }

  /** False if nothing is held. */
  #holdBehind(reads: readonly (() => void)[]): boolean {
    this.#held?.push(...reads);
    return this.#held !== undefined;
  }

  #settle(batch: RedisBatch): void {
    if (batch.isAnswered) {
      if (this.#unanswered.delete(batch)) this.#tell(batch);
    } else if (batch.hasPartialNews && this.#window.isReplyFull(batch.untoldBytes)) {
      this.#tell(batch);
    }
  }

  #tell(batch: RedisBatch): void {
    const { untoldBytes } = batch;
    const { post } = this.#options;
    this.#window.onRead(untoldBytes);
    post(batch.reply(this.#results.counts()));
    if (this.#window.onPosted(untoldBytes)) post({ kind: 'receiptWanted' });
  }

  /** A part of a batch may take long, as its server is away; the others are not to wait for it. */
  #tick(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.#cancelTick = this.#options.clock.after(PARTLY_AFTER_MS, () => {
      this.#isTicking = false;
      for (const batch of this.#unanswered) {
        if (batch.hasPartialNews) this.#tell(batch);
      }
      if (this.#unanswered.size > 0) this.#tick();
    });
  }
}
