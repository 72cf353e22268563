import { backOffMs } from '../back-off.js';
import type { CancelTimer, Clock } from '../clock.js';
import { messageOf, SessionStorageError } from '../errors.js';
import type { RunningShard, ShardPort, ShardStarter } from './shard-port.js';
import type { StartQueue, StartTicket } from './start-queue.js';

/**
 * From when the worker was created, not from when it entered the queue. A worker takes about 50 ms to start; a
 * store that has to load says now and then that it is busy.
 */
const START_TIMEOUT_MS = 30_000;
/** Starts in a row that may fail before operations are refused. They are tried on all the same. */
const FAILED_STARTS_MAX = 3;
/** A shard that has served for so long starts its back-off anew. */
const STABLE_MS = 1_000;
const BACK_OFF_MS_MAX = 1_000;
const BACK_OFF_UNAVAILABLE_MS_MAX = 30_000;

export interface ShardSupervisorOptions {
  readonly shard: number;
  readonly starter: ShardStarter;
  /** All shards of a provider wait in one queue. */
  readonly startQueue: StartQueue;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onMessage: (message: unknown) => void;
  /** The shard serves. */
  readonly onUp: (port: ShardPort) => void;
  /** It served, or was to for the first time, and does not. */
  readonly onDown: (reason: string) => void;
  /** It could not be started several times. `onUp` may still come. */
  readonly onUnavailable: (error: SessionStorageError) => void;
}

/** Keeps one shard running: starts it, notices its end or ends it, starts it again with back-off. */
export class ShardSupervisor {
  readonly #options: ShardSupervisorOptions;
  // The worker that is heard; what any other says is old news.
  #running: RunningShard | undefined;
  #ending: Promise<void> = Promise.resolve();
  #serving = false;
  #downTold = false;
  #stopped = false;
  #starts = 0;
  #timesServed = 0;
  // In a row: since it has last served for a while, and since it has last served at all.
  #ends = 0;
  #failedStarts = 0;
  #cancelTimer: CancelTimer = () => {};
  // Held from when the shard is to start until its worker is known to run.
  #startTicket: StartTicket | undefined;

  constructor(options: ShardSupervisorOptions) {
    this.#options = options;
  }

  /** Times that a worker was started; the number of the one that runs. */
  get starts(): number {
    return this.#starts;
  }

  /** Times that the shard was started again, and served. */
  get restarts(): number {
    return Math.max(0, this.#timesServed - 1);
  }

  get serving(): boolean {
    return this.#serving;
  }

  /** Starts the shard when its turn has come. */
  start(): void {
    this.#startTicket = this.#options.startQueue.enter(() => this.#startWorker());
  }

  #startWorker(): void {
    const { starter, shard, clock, onMessage } = this.#options;
    this.#starts++;
    this.#awaitStart();
    let running: RunningShard | undefined;
    const isHeard = () => running !== undefined && running === this.#running;
    try {
      running = starter.start(shard, {
        onMessage: (message) => isHeard() && onMessage(message),
        onDown: (reason) => isHeard() && this.#onEnd(reason),
      });
      this.#running = running;
    } catch (error) {
      // Later, so that who starts a shard need not expect its end.
      clock.nextTurn(() => this.#onEnd(messageOf(error)));
    }
  }

  /** The shard is at work, if only on its start. */
  onBusy(): void {
    if (this.#serving || this.#running === undefined) return;
    // It may wait for a disk or a server for long, and then needs no CPU.
    this.#startTicket?.leave();
    this.#cancelTimer();
    this.#awaitStart();
  }

  /** The shard says that it serves. */
  onReady(): void {
    if (this.#serving || this.#running === undefined) return;
    this.#startTicket?.leave();
    this.#cancelTimer();
    this.#serving = true;
    this.#downTold = false;
    this.#failedStarts = 0;
    this.#timesServed++;
    this.#cancelTimer = this.#options.clock.after(STABLE_MS, () => {
      this.#ends = 0;
    });
    this.#options.onUp(this.#running.port);
  }

  /** Ends the shard, which does not do what it should, and starts another when it has ended. */
  replace(reason: string): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#noteEnd(reason);
    const restart = () => this.#restart();
    this.#ending = running.stop().then(restart, restart);
  }

  /** Ends the shard for good. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#stopped = true;
    this.#serving = false;
    this.#running = undefined;
    this.#startTicket?.leave();
    this.#cancelTimer();
    await Promise.all([this.#ending, running?.stop()]);
  }

  #awaitStart(): void {
    this.#cancelTimer = this.#options.clock.after(START_TIMEOUT_MS, () =>
      this.replace(`it did not start in ${START_TIMEOUT_MS} ms`),
    );
  }

  #onEnd(reason: string): void {
    this.#noteEnd(reason);
    this.#restart();
  }

  #noteEnd(reason: string): void {
    const { shard, onDown, onUnavailable } = this.#options;
    this.#startTicket?.leave();
    this.#cancelTimer();
    this.#running = undefined;
    this.#ends++;
    if (!this.#serving) this.#failedStarts++;
    this.#serving = false;
    if (!this.#downTold) {
      this.#downTold = true;
      onDown(reason);
    }
    if (this.#failedStarts === FAILED_STARTS_MAX) {
      onUnavailable(
        new SessionStorageError(
          'ERR_SHARD_UNAVAILABLE',
          `shard ${shard}: expected it to start, got ${FAILED_STARTS_MAX} failures, the last: ${reason}`,
        ),
      );
    }
  }

  #restart(): void {
    if (this.#stopped) return;
    const { clock, random } = this.#options;
    const unavailable = this.#failedStarts >= FAILED_STARTS_MAX;
    const maxMs = unavailable ? BACK_OFF_UNAVAILABLE_MS_MAX : BACK_OFF_MS_MAX;
    const delayMs = backOffMs(this.#ends, maxMs, random);
    if (delayMs === 0) this.start();
    else this.#cancelTimer = clock.after(delayMs, () => this.start());
  }
}
