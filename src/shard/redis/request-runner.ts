import { backOffMs } from '../../back-off.js';
import type { Clock } from '../../clock.js';
import type { ConnectionNotice } from '../../notice.js';
import type { Failure } from '../../protocol.js';
import type { CallGate } from './call-gate.js';
import type { RedisClient } from './redis-client.js';
import { failureOf, type RedisFailure } from './reply-error.js';
import type { Request } from './request.js';
import type { ResultReader } from './result-reader.js';
import { ScriptOp } from './script.js';
import { LATER, NotTogetherError, type ScriptResult, Unrenewed } from './script-results.js';
import { valueAfter } from './waiting-changes.js';

/** A server that says "not now" is asked again so often: it may be another's turn. */
const BACK_OFF_MS_MAX = 250;
/** Before the server was reached for the first time, this often is no accident. */
const LOSSES_MAX = 3;

export interface RequestRunnerOptions {
  readonly client: RedisClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly results: ResultReader;
  /** Every call of the script goes through it. */
  readonly gate: CallGate;
  readonly onConnection: (notice: ConnectionNotice) => void;
  /** Some operations of the request were answered, and others are to be asked for again. */
  readonly onPartly: (request: Request) => void;
  /** A get was answered, and the lease of the session could not be renewed, as the server takes no writes. */
  readonly onUnrenewed: (id: string, value: string, deadline: number) => void;
  /** Changes of a request wait, as the server takes no writes. */
  readonly onWritesRefused: (request: Request) => void;
}

/** Asks the server until it answers, and tells whether it does. */
export class RequestRunner {
  readonly #options: RequestRunnerOptions;
  // Requests that have failed and are asked again.
  #failing = 0;
  #losses = 0;
  #wasReady = false;
  #told: ConnectionNotice['kind'] | undefined;
  readonly #waiting = new Set<() => void>();
  #stopped = false;

  constructor(options: RequestRunnerOptions) {
    this.#options = options;
  }

  /** The server can be asked. */
  onReady(): void {
    this.#wasReady = true;
    for (const goOn of this.#waiting) goOn();
    this.#waiting.clear();
    this.#tellConnected();
  }

  /** It cannot any more, or could not be reached. */
  onLost(reason: Error): void {
    this.#losses++;
    this.#tellReconnecting(failureOf(reason));
  }

  /** Whatever is under way ends without an answer. */
  stop(): void {
    this.#stopped = true;
    this.#options.gate.stop();
    for (const goOn of this.#waiting) goOn();
  }

  /** Asks until all operations are answered. False if it was stopped before. */
  run(request: Request): Promise<boolean> {
    return this.insist(() => this.attempt(request));
  }

  /** Goes on until an attempt gives true; false if it was stopped before. `hasFailed`: an attempt has, before it. */
  async insist(
    attempt: () => Promise<boolean>,
    { hasFailed = false }: { readonly hasFailed?: boolean } = {},
  ): Promise<boolean> {
    for (let failures = 0; !this.#stopped; ) {
      const isToWait = hasFailed && failures === 0;
      const isDone = !isToWait && this.#options.client.isReady && (await attempt());
      if (isDone) {
        if (failures > 0) this.#failing--;
        this.#tellConnected();
        return true;
      }
      if (failures++ === 0) this.#failing++;
      await this.#pause(failures);
    }
    return false;
  }

  /** What an attempt has failed with. True if there is no use in another. */
  isLasting(error: unknown): boolean {
    const failure = failureOf(error as Error);
    if (failure.isTransient) this.#onTransient(failure);
    return !failure.isTransient;
  }

  /** True if all operations are answered. */
  async attempt(request: Request): Promise<boolean> {
    if (request.length === 0) return true;
    for (;;) {
      const { asksKeysApart, length } = request;
      const results = await this.#ask(request);
      if (this.#answer(request, results)) return true;
      this.#options.onPartly(request);
      // Else the reply is full of what cannot be answered yet.
      const isShorter = request.length < length;
      const isCutOff = isShorter && Array.isArray(results) && results.includes(LATER);
      // Else at once: there is nothing to wait for.
      if (this.#stopped || (!isCutOff && request.asksKeysApart === asksKeysApart)) return false;
    }
  }

  async #ask(request: Request): Promise<ScriptResult[] | Error> {
    try {
      if (request.asksKeysApart) return await this.#askKeysApart(request);
      return await this.#call(request);
    } catch (error) {
      return error as Error;
    }
  }

  /** In place of the results of a call that is not answered stands its error. */
  async #askKeysApart(request: Request): Promise<ScriptResult[]> {
    const results: ScriptResult[] = [];
    const calls = request.placesByKey().map(async (places) => {
      const got = await this.#call(request, places).catch((error: Error) =>
        places.map(() => error),
      );
      for (const [i, at] of places.entries()) results[at] = got[i] ?? null;
    });
    await Promise.all(calls);
    return results;
  }

  /** All operations of the request, or those at some places. None if `isWanted` says so. */
  async #call(
    request: Request,
    places?: readonly number[],
    isWanted: () => boolean = () => true,
  ): Promise<ScriptResult[]> {
    const { client, clock, gate } = this.#options;
    const entered = gate.enter();
    if (entered !== undefined) await entered;
    try {
      if (!isWanted()) return [];
      const keys = places === undefined ? request.keys : request.keysAt(places);
      // Now, as what is packed says how long a session lives from now on.
      return await client.script.apply(keys, request.pack(clock.now(), places));
    } finally {
      gate.leave();
    }
  }

  /**
   * Answers a get of a request that waits for another one whose changes the server does not take: with what it will
   * find once they are made.
   */
  async answerAhead(request: Request): Promise<void> {
    const isAhead = () => request.isBehind && request.length > 0 && this.#options.client.isReady;
    if (!isAhead() || request.opAt(0) !== ScriptOp.GET) return;
    const [result] = await this.#call(request, undefined, isAhead).catch((error: Error) => [error]);
    if (!(result instanceof Unrenewed) || !isAhead()) return;
    this.#answerUnrenewed(request, 0, result, []);
    request.keepOnly([]);
  }

  /** `results`: of all operations, or one error for all. */
  #answer(request: Request, results: readonly ScriptResult[] | Error): boolean {
    const again: number[] = [];
    // Ids of those. What comes behind them on the same id was not done in order.
    const waiting = new Set<string>();
    const { asksKeysApart } = request;
    let areWritesRefused = false;
    for (let at = 0; at < request.length; at++) {
      const result = results instanceof Error ? results : (results[at] ?? null);
      if (result instanceof Unrenewed) {
        this.#answerUnrenewed(request, at, result, again);
        // It may be the value of a set that waits, which the server does not count.
        this.#options.onPartly(request);
        continue;
      }
      const isApart = result instanceof NotTogetherError && !asksKeysApart;
      if (isApart) request.asksKeysApart = true;
      const isToDoAgain = isApart || (result instanceof Error && !this.isLasting(result));
      if (isToDoAgain || result === LATER || waiting.has(request.idAt(at))) {
        areWritesRefused ||= result instanceof Error && failureOf(result).isOfAllWrites;
        waiting.add(request.idAt(at));
        again.push(at);
      } else request.answer(at, this.#options.results.read(request.opAt(at), result));
    }
    if (again.length === 0) return true;
    if (again.length < request.length) request.keepOnly(again);
    if (areWritesRefused) this.#options.onWritesRefused(request);
    return false;
  }

  /** `waiting`: places of operations of the request that are to be asked for again. */
  #answerUnrenewed(
    request: Request,
    at: number,
    { value, refusal }: Unrenewed,
    waiting: readonly number[],
  ): void {
    const { results, onUnrenewed } = this.#options;
    this.isLasting(refusal);
    const found = valueAfter(value, request.changesBefore(at, waiting));
    if (found !== null) onUnrenewed(request.idAt(at), found, request.deadlineAt(at));
    request.answer(at, results.read(ScriptOp.GET, found));
  }

  #onTransient(failure: RedisFailure): void {
    // The server may have become a replica, and its name that of another.
    if (failure.code === 'ERR_REDIS_READONLY') this.#options.client.reconnect();
    this.#tellReconnecting(failure);
  }

  /** Until the server can be asked; if it can, and has not answered as it should, for a while. */
  #pause(attempts: number): Promise<void> {
    const { client, clock, random } = this.#options;
    return new Promise((resolve) => {
      if (client.isReady) clock.after(backOffMs(attempts, BACK_OFF_MS_MAX, random), resolve);
      else this.#waiting.add(resolve);
    });
  }

  #tellConnected(): void {
    if (this.#told === 'connected' || this.#failing > 0 || !this.#options.client.isReady) return;
    this.#told = 'connected';
    this.#options.onConnection({ kind: 'connected' });
  }

  #tellReconnecting({ code, detail }: Failure): void {
    if (this.#told === 'reconnecting') return;
    if (!this.#wasReady && this.#losses < LOSSES_MAX) return;
    this.#told = 'reconnecting';
    this.#options.onConnection({ kind: 'reconnecting', code, reason: detail });
  }
}
