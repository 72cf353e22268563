import type { CancelTimer, Clock } from '../clock.js';
import { asStorageError, SessionStorageError } from '../errors.js';
import { NOT_SAFE, type Result } from '../protocol.js';
import { nextTick } from '../timer-functions.js';
import { Deferred, type ReportError } from './observed-promise.js';

/**
 * Whole turns of the event loop without a change after which no more are expected. The host tells of its last
 * connections one turn after its server has said that it is closed (`docs/design/provider.md`).
 */
const QUIET_TURNS_MIN = 2;
/** Of `requestTimeout`: how long changes are taken that never stop coming. */
const TAKES_SHARE_MAX = 1 / 2;
/** Of `requestTimeout`: an operation that was called before fails with `ERR_TIMEOUT` after 1 1/8 of it at the latest. */
const ENDS_SHARE_MAX = 5 / 4;

export interface ClosingOptions {
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  readonly report: ReportError;
  /**
   * Asks each shard to make durable what came before. Its result is `NOT_SAFE` if it could not, or did not answer in
   * time; `undefined` for a shard that does not run. Does not reject.
   */
  readonly sync: () => Promise<readonly (Result | undefined)[]>;
  readonly store: { readonly kind: string };
  /** Whether any shard has ever served. */
  readonly hasServed: () => boolean;
  /** Ends the shards; operations that they have not answered fail with `error`. */
  readonly stopShards: (error: SessionStorageError) => Promise<void>;
  /** To be called when no shard is running any more. */
  readonly closeStore: () => Promise<void>;
  /** Emits the errors that are held back: the process may be ended as soon as `close` settles. */
  readonly flushErrors: () => void;
}

/**
 * How a provider ends. The host stores the sessions of its last connections only after it has said that its server
 * is closed, so `close` goes on taking changes. It refuses them once a few turns of the event loop and the sync
 * behind them have brought nothing new, or half of `requestTimeout` has passed. Then the shards are stopped, within
 * `requestTimeout` and a quarter of it after the call, in whatever state they are.
 */
export class Closing {
  readonly #options: ClosingOptions;
  #end: Deferred<void> | undefined;
  #changes = 0;
  #refusesChanges = false;

  constructor(options: ClosingOptions) {
    this.#options = options;
  }

  /** `close` was called. */
  get hasBegun(): boolean {
    return this.#end !== undefined;
  }

  /** Nothing more can be stored. */
  get refusesChanges(): boolean {
    return this.#refusesChanges;
  }

  /** To be called for each change; throws `ERR_CLOSED` if it comes too late. */
  assertTakesChange(): void {
    if (this.#end === undefined) return;
    if (this.#refusesChanges) throw closedError();
    this.#changes++;
  }

  /** Always the same promise. */
  begin(): Promise<void> {
    if (this.#end === undefined) {
      const end = new Deferred<void>(this.#options.report);
      this.#end = end;
      void this.#close(end);
    }
    return this.#end.promise;
  }

  /** Does all of it, whatever fails. The first failure becomes that of `close`; any other is reported. */
  async #close(end: Deferred<void>): Promise<void> {
    const failures: SessionStorageError[] = [];
    const attempt = async (step: () => Promise<void>): Promise<void> => {
      try {
        await step();
      } catch (error) {
        failures.push(asStorageError(error));
      }
    };
    const { stopShards, closeStore, report, flushErrors } = this.#options;
    await attempt(() => this.#syncLast());
    this.#refusesChanges = true;
    await attempt(() => stopShards(stoppedError()));
    await attempt(closeStore);
    const [first, ...others] = failures;
    for (const other of others) report(other);
    flushErrors();
    await afterTicks();
    if (first === undefined) end.resolve();
    else end.reject(first);
  }

  /** Rejects with `ERR_JOURNAL_WRITE` if a shard says that it could not make everything durable. */
  async #syncLast(): Promise<void> {
    const { clock, requestTimeoutMs } = this.#options;
    const takes = new TimeLimit(clock, requestTimeoutMs * TAKES_SHARE_MAX);
    const ends = new TimeLimit(clock, requestTimeoutMs * ENDS_SHARE_MAX);
    try {
      const results = await this.#syncAll(takes, ends);
      const { store, hasServed } = this.#options;
      // Only a journal promises more than that the shards were asked; one that never opened has acknowledged nothing.
      if (store.kind === 'journal' && hasServed()) assertDurable(results);
    } finally {
      takes.cancel();
      ends.cancel();
    }
  }

  /** The results of a sync after which no change was taken; `undefined` if the time was over before. */
  async #syncAll(
    takes: TimeLimit,
    ends: TimeLimit,
  ): Promise<readonly (Result | undefined)[] | undefined> {
    for (;;) {
      await this.#waitForQuiet(takes);
      const changesBefore = this.#changes;
      const synced = this.#options.sync();
      const results = await Promise.race([synced, takes.over]);
      const hasNews = this.#changes > changesBefore;
      if (results !== undefined && !hasNews) {
        this.#refusesChanges = true;
        return results;
      }
      if (takes.isOver) {
        this.#refusesChanges = true;
        return Promise.race([hasNews ? this.#options.sync() : synced, ends.over]);
      }
    }
  }

  async #waitForQuiet(takes: TimeLimit): Promise<void> {
    // The current turn is not a whole one.
    for (let quietTurns = -1; quietTurns < QUIET_TURNS_MIN && !takes.isOver; ) {
      const changesBefore = this.#changes;
      await new Promise<void>((resolve) => this.#options.clock.nextTurn(resolve));
      quietTurns = this.#changes === changesBefore ? quietTurns + 1 : 0;
    }
  }
}

/** The events that were flushed, and the process warnings in their place, are told on the next two ticks. */
function afterTicks(): Promise<void> {
  return new Promise((resolve) => nextTick(() => nextTick(resolve)));
}

/** A promise that is resolved when a time has passed. */
class TimeLimit {
  readonly over: Promise<undefined>;
  readonly cancel: CancelTimer;
  #isOver = false;

  constructor(clock: Clock, timeMs: number) {
    let resolve: (value: undefined) => void = () => {};
    this.over = new Promise((onOver) => {
      resolve = onOver;
    });
    this.cancel = clock.after(timeMs, () => {
      this.#isOver = true;
      resolve(undefined);
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }
}

export function closedError(): SessionStorageError {
  return new SessionStorageError('ERR_CLOSED', 'expected no operation after close()');
}

function stoppedError(): SessionStorageError {
  return new SessionStorageError(
    'ERR_CLOSED',
    'expected an answer before close() stopped the shards, got none; whether the operation was applied is not known',
  );
}

/** `results`: `undefined` if not all shards have answered in time, so that nobody knows what is durable. */
function assertDurable(results: readonly (Result | undefined)[] | undefined): void {
  if (results === undefined) throw notDurable('not all shards');
  const failed = [...results.keys()].filter((shard) => results[shard] === NOT_SAFE);
  if (failed.length === 0) return;
  throw notDurable(`${failed.length === 1 ? 'shard' : 'shards'} ${failed.join(', ')}`);
}

function notDurable(shards: string): SessionStorageError {
  return new SessionStorageError(
    'ERR_JOURNAL_WRITE',
    `${shards}: expected the disk to take all changes before close() ended, got a failure or no answer; those that it has not taken are lost`,
  );
}
