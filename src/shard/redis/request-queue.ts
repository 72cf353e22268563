import type { RedisBatch } from './redis-batch.js';
import type { RedisClient } from './redis-client.js';
import { Request } from './request.js';
import type { RequestRunner } from './request-runner.js';
import { ScriptOp } from './script.js';
import { keyOf } from './session-key.js';

export interface RequestQueueOptions {
  readonly prefix: string;
  readonly client: RedisClient;
  readonly runner: RequestRunner;
  /** An operation that decides how long the session lives was added. */
  readonly onLifetime: (id: string) => void;
  /** Operations of the batch were answered. */
  readonly onAnswered: (batch: RedisBatch) => void;
}

/**
 * Makes requests of operations. Operations on one id are done in order: if they are not in the same request, one
 * waits for the one before it. All others are done at the same time, and may overtake each other.
 */
export class RequestQueue {
  readonly #options: RequestQueueOptions;
  // Those that wait for another one and are being filled.
  #following: Request[] = [];
  // Those that are being filled, by the group of their keys.
  readonly #open = new Map<string, Request>();
  /** By id, the last request that has an operation on it. */
  readonly #lastOf = new Map<string, Request>();
  readonly #unfinished = new Set<Request>();

  constructor(options: RequestQueueOptions) {
    this.#options = options;
  }

  /**
   * Adds an operation of the script to the requests that are started next. `deadline`: 0 for one without. The
   * texts are of one-byte characters.
   */
  add(
    batch: RedisBatch,
    id: string,
    op: ScriptOp,
    deadline: number,
    first = '',
    second = '',
  ): void {
    if (op !== ScriptOp.APPEND) this.#options.onLifetime(id);
    const key = keyOf(this.#options.prefix, id);
    const group = this.#options.client.script.groupOf(key);
    const before = this.#lastOf.get(id);
    let request = this.#open.get(group);
    // Whether an addition is there already can be told of the last one only.
    const isApart = before !== request || (op === ScriptOp.APPEND && before?.appendsTo(id));
    if (before !== undefined && isApart) {
      request = this.#follow(before, batch);
    } else if (request === undefined) {
      request = new Request(batch);
      this.#open.set(group, request);
    }
    request.add(id, key, op, deadline, first, second);
    this.#lastOf.set(id, request);
  }

  /** Nothing is added any more to what was added so far. */
  start(): void {
    for (const request of this.#open.values()) {
      this.#unfinished.add(request);
      void this.#run(request);
    }
    this.#open.clear();
    const following = this.#following;
    this.#following = [];
    for (const request of following) {
      if (request.areWritesRefused) void this.#answerAhead(request);
    }
  }

  /** Operations on the id are not done. */
  isBusy(id: string): boolean {
    return this.#lastOf.has(id);
  }

  /** Changes of a request wait, as the server takes no writes: the gets behind them need not. */
  onWritesRefused(request: Request): void {
    request.areWritesRefused = true;
    for (const behind of request.waitingBehind()) {
      behind.areWritesRefused = true;
      void this.#answerAhead(behind);
    }
  }

  /** When all that was started is done. */
  async finished(): Promise<void> {
    const requests = [...this.#unfinished];
    await Promise.all(
      requests.map((request) => new Promise<void>((resolve) => request.onFinished(resolve))),
    );
  }

  /** A request that begins when another is finished. */
  #follow(before: Request, batch: RedisBatch): Request {
    const request = new Request(batch);
    this.#unfinished.add(request);
    this.#following.push(request);
    request.follow(before, () => void this.#run(request));
    return request;
  }

  async #answerAhead(request: Request): Promise<void> {
    await this.#options.runner.answerAhead(request);
    if (request.length === 0) this.#options.onAnswered(request.batch);
  }

  async #run(request: Request): Promise<void> {
    const isDone = await this.#options.runner.run(request);
    if (!isDone) return;
    for (const id of request.ids) if (this.#lastOf.get(id) === request) this.#lastOf.delete(id);
    this.#unfinished.delete(request);
    request.finish();
    this.#options.onAnswered(request.batch);
  }
}
