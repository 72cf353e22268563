import type { Clock, ProcessHold } from '../clock.js';
import { asStorageError, SessionStorageError } from '../errors.js';
import type { LoopTimes } from '../loop-times.js';
import { type ConnectionNotice, type DiskNotice, isNotice, type Notice } from '../notice.js';
import { countsOfReply, isReply } from '../protocol.js';
import {
  type ConnectionState,
  type ProviderStats,
  type ShardStats,
  totalStats,
} from '../provider-stats.js';
import type { ShardCounts } from '../shard-counts.js';
import { createIdHash, type IdHash, shardOfSlot } from '../slots.js';
import { DiskReports } from './disk-reports.js';
import type { InFlightBounds } from './in-flight-bounds.js';
import { InFlightTotal } from './in-flight-total.js';
import { LoopTotals } from './loop-totals.js';
import { Deferred, type ObservedPromise, type ReportError } from './observed-promise.js';
import { ShardChannel } from './shard-channel.js';
import { ShardCounters } from './shard-counters.js';
import type { ShardPort, ShardStarter } from './shard-port.js';
import { ShardSupervisor } from './shard-supervisor.js';
import { StartQueue } from './start-queue.js';

export interface ShardRouterOptions {
  readonly shards: number;
  readonly seed: Uint8Array;
  readonly clock: Clock;
  readonly random: () => number;
  readonly bounds: InFlightBounds;
  readonly requestTimeoutMs: number;
  readonly starter: ShardStarter;
  /** Workers that start at the same time. */
  readonly startsMax: number;
  readonly report: ReportError;
  readonly onUp: (shard: number) => void;
  readonly onDown: (shard: number, reason: string, sessions: number) => void;
  /** What a shard has counted since the last call. */
  readonly onCounted: (shard: number, growth: ShardCounts) => void;
  /** What a shard says of its disk. */
  readonly onDisk: (shard: number, notice: DiskNotice) => void;
  /** What a shard says of the connection to its server. */
  readonly onConnection: (shard: number, notice: ConnectionNotice) => void;
  /** The shards were refused, and none is running any more. `ready` rejects when this is done. */
  readonly onRefused: () => Promise<void>;
}

/** One shard as the facade sees it. */
export interface RoutedShard {
  readonly channel: ShardChannel;
  readonly counters: ShardCounters;
  readonly supervisor: ShardSupervisor;
  readonly disk: DiskReports;
  readonly loop: LoopTotals;
  /** Of a store that has a server. */
  connection: ConnectionState | undefined;
}

/** All shards: keeps them running, leads from a session id to its channel, hears what they say, stops them. */
export class ShardRouter {
  readonly shards: readonly RoutedShard[];
  readonly hashOf: IdHash;
  readonly #options: ShardRouterOptions;
  readonly #ready: Deferred<void>;
  readonly #notYetUp: Set<number>;
  readonly #startQueue: StartQueue;
  readonly #inFlight: InFlightTotal;
  // Who waits for the start has nothing else that keeps the process alive, perhaps.
  readonly #startHold: ProcessHold;
  #stopped = false;

  constructor(options: ShardRouterOptions) {
    this.#options = options;
    this.#ready = new Deferred(options.report);
    this.hashOf = createIdHash(options.seed);
    this.#startQueue = new StartQueue(options);
    this.#inFlight = new InFlightTotal(options.bounds.totalBytesMax, options.shards);
    this.shards = Array.from({ length: options.shards }, (_, shard) => this.#createShard(shard));
    this.#notYetUp = new Set(this.shards.keys());
    this.#startHold = options.clock.createHold();
    this.#startHold.acquire();
  }

  /** Starts the shards, one after the other, unless they were stopped before. */
  start(): void {
    if (this.#stopped) return;
    for (const { supervisor } of this.shards) supervisor.start();
  }

  /** A shard has served. */
  get hasServed(): boolean {
    return this.#notYetUp.size < this.shards.length;
  }

  /** Every shard has served. */
  get ready(): ObservedPromise<void> {
    return this.#ready.promise;
  }

  channelOf(slot: number): ShardChannel {
    return this.#shard(shardOfSlot(slot, this.shards.length)).channel;
  }

  /** What the shards are known to hold and have done. `utilizations`: of their event loops, in order. */
  stats(utilizations: readonly number[]): ProviderStats {
    return totalStats(
      this.shards.map(({ channel, counters, supervisor, loop, connection }, shard): ShardStats => {
        const counts = counters.total;
        const { idleMs, activeMs } = loop.total;
        return {
          shard,
          up: supervisor.serving,
          ...counts,
          evicted: counts.evictedForSessions + counts.evictedForBytes,
          restarts: supervisor.restarts,
          pending: channel.pending,
          eventLoopUtilization: utilizations[shard] ?? 0,
          eventLoopIdleMs: idleMs,
          eventLoopActiveMs: activeMs,
          ...(connection && { connection }),
        };
      }),
    );
  }

  /** What the worker of a shard that runs now says of its event loop. */
  updateLoop(shard: number, times: LoopTimes): void {
    this.#shard(shard).loop.update(times);
  }

  /** Whatever still waits fails with `error`. */
  async stop(error: SessionStorageError): Promise<void> {
    await this.#end(error);
    this.#startHold.release();
    this.#ready.abandon(error);
  }

  /**
   * The shards cannot be started, or not all of them, or must not go on: none does, and all that is asked fails
   * with `error`.
   */
  async refuse(error: SessionStorageError): Promise<void> {
    if (this.#stopped) return;
    // The error is told once: by `ready` while somebody may wait for it, else by an event.
    if (this.#notYetUp.size === 0) this.#options.report(error);
    try {
      await this.#end(error);
      await this.#options.onRefused();
    } catch (failure) {
      // `refuse` is called where nobody waits for it, and `ready` must settle all the same.
      this.#options.report(asStorageError(failure));
    } finally {
      this.#rejectReady(error);
    }
  }

  async #end(error: SessionStorageError): Promise<void> {
    this.#stopped = true;
    for (const { channel } of this.shards) channel.fail(error);
    await Promise.all(this.shards.map(({ supervisor }) => supervisor.stop()));
  }

  #createShard(shard: number): RoutedShard {
    const { report } = this.#options;
    const channel = new ShardChannel({
      ...this.#options,
      shard,
      total: this.#inFlight,
      onFault: (reason) => supervisor.replace(reason),
    });
    const supervisor = new ShardSupervisor({
      ...this.#options,
      startQueue: this.#startQueue,
      shard,
      onMessage: (message) => this.#onMessage(shard, message),
      onUp: (port) => this.#onUp(shard, port),
      onDown: (reason) => this.#onDown(shard, reason),
      onUnavailable: (error) => {
        // Told once: to who waits for the start, else to all.
        if (this.#notYetUp.has(shard)) this.#rejectReady(error);
        else report(error);
        channel.fail(error);
      },
    });
    return {
      channel,
      supervisor,
      counters: new ShardCounters(),
      disk: new DiskReports(),
      loop: new LoopTotals(),
      connection: undefined,
    };
  }

  /** `shard` is below the number of shards everywhere, so there is one. */
  #shard(shard: number): RoutedShard {
    return this.shards[shard] as RoutedShard;
  }

  #onMessage(shard: number, message: unknown): void {
    const { channel, supervisor } = this.#shard(shard);
    if (isReply(message)) {
      this.#count(shard, countsOfReply(message));
      channel.receive(message);
    } else if (isNotice(message)) {
      this.#onNotice(shard, message);
    } else {
      supervisor.replace('it said what is no message');
    }
  }

  #onNotice(shard: number, notice: Notice): void {
    const { channel, supervisor, disk } = this.#shard(shard);
    if (notice.kind === 'ready') {
      supervisor.onReady();
    } else if (notice.kind === 'counts') {
      this.#count(shard, notice.counts);
    } else if (notice.kind === 'busy') {
      channel.onBusy();
      supervisor.onBusy();
    } else if (notice.kind === 'receiptWanted') {
      channel.sendReceipt();
    } else if (notice.kind === 'refused') {
      this.#onRefused(shard, new SessionStorageError(notice.code, notice.detail));
    } else if (notice.kind === 'connected' || notice.kind === 'reconnecting') {
      this.#onConnection(shard, notice);
    } else if (disk.isNews(notice, supervisor.starts)) {
      this.#options.onDisk(shard, notice);
    }
  }

  #onConnection(shard: number, notice: ConnectionNotice): void {
    const routed = this.#shard(shard);
    routed.connection = notice.kind;
    this.#options.onConnection(shard, notice);
    routed.channel.onConnection(notice);
    if (notice.kind === 'connected') return;
    // It goes on trying; who waits for the start is to know.
    if (this.#notYetUp.has(shard)) {
      const detail = `shard ${shard}: expected a server that answers, got: ${notice.reason}`;
      this.#rejectReady(new SessionStorageError(notice.code, detail));
    }
  }

  /**
   * Before all shards have served, one that refuses to start stops all: nothing is lost yet. So does one that has seen
   * another provider with the lock of the journal: what the others write is lost.
   */
  #onRefused(shard: number, error: SessionStorageError): void {
    if (this.#notYetUp.size > 0 || error.code === 'ERR_JOURNAL_LOCKED') {
      void this.refuse(error);
      return;
    }
    const { channel, supervisor } = this.#shard(shard);
    channel.fail(error);
    this.#options.report(error);
    void supervisor.stop();
  }

  #count(shard: number, counts: ShardCounts): void {
    this.#options.onCounted(shard, this.#shard(shard).counters.update(counts));
  }

  #rejectReady(error: SessionStorageError): void {
    this.#startHold.release();
    this.#ready.reject(error);
  }

  #onUp(shard: number, port: ShardPort): void {
    this.#notYetUp.delete(shard);
    if (this.#notYetUp.size === 0) {
      this.#startHold.release();
      this.#ready.resolve();
    }
    const { channel, supervisor, disk } = this.#shard(shard);
    channel.attach(port);
    this.#options.onUp(shard);
    if (disk.hasRecovered(supervisor.starts)) this.#options.onDisk(shard, { kind: 'recovered' });
  }

  #onDown(shard: number, reason: string): void {
    const { channel, counters, loop } = this.#shard(shard);
    channel.detach();
    loop.endWorker();
    this.#options.onDown(shard, reason, counters.endWorker());
  }
}
