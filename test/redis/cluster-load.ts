import { performance } from 'node:perf_hooks';
import type { ErrorCode } from '../../src/errors.js';
import type { SessionStorageError, ShardedSessionStorageProvider } from '../../src/index.js';
import { createSession } from '../twins/test-provider.js';

const TICK_MS = 20;

export interface ClusterLoadOptions {
  readonly provider: ShardedSessionStorageProvider;
  readonly ids: readonly string[];
  readonly perSecond: number;
}

export interface FailedOperation {
  /** When it was called, and when it failed. */
  readonly calledMs: number;
  readonly failedMs: number;
  readonly code: ErrorCode;
}

/**
 * Gets and sets of some sessions, one at a time for each, whatever happens to the servers. With an odd number of
 * sessions each is got and set in turn.
 */
export class ClusterLoad {
  readonly failures: FailedOperation[] = [];
  /** What a get found older than what was acknowledged before it. */
  readonly lost: string[] = [];
  /** Of these, what was on a replica too. */
  readonly lostReplicated: string[] = [];
  /** By id, the number of the last set that was acknowledged, and is not known to be lost. */
  readonly #acknowledged = new Map<string, number>();
  #replicated: ReadonlyMap<string, number> = new Map();
  operations = 0;
  slowestMs = 0;
  readonly #options: ClusterLoadOptions;
  readonly #busy = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  #number = 0;
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ClusterLoadOptions) {
    this.#options = options;
  }

  start(): void {
    const perTick = (this.#options.perSecond * TICK_MS) / 1_000;
    this.#timer = setInterval(() => {
      for (let i = 0; i < perTick; i++) this.#begin();
    }, TICK_MS);
  }

  /** What has been acknowledged by now is on a replica when the promise resolves. */
  async untilReplicated(replicate: () => Promise<void>): Promise<void> {
    const acknowledged = new Map(this.#acknowledged);
    await replicate();
    this.#replicated = acknowledged;
  }

  /** Looks at all sessions once more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    await this.#options.provider.flush();
    for (const id of this.#acknowledged.keys()) await this.#get(id);
  }

  /** Sets a session that is not looked at before the end. */
  async setOnce(id: string): Promise<void> {
    await this.#set(id, ++this.#number);
  }

  /** Operations called from now on that were answered without an error, until there are so many in a row. */
  async untilInOrder(inARow: number): Promise<void> {
    let from = this.operations;
    let failed = this.failures.length;
    while (this.operations - from < inARow) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      if (this.failures.length > failed) {
        failed = this.failures.length;
        from = this.operations;
      }
    }
  }

  #begin(): void {
    const { ids } = this.#options;
    const id = ids[this.#next++ % ids.length] as string;
    if (this.#busy.has(id)) return;
    this.#busy.add(id);
    const done = this.#operate(id).finally(() => {
      this.#busy.delete(id);
      this.#underWay.delete(done);
    });
    this.#underWay.add(done);
  }

  async #operate(id: string): Promise<void> {
    const calledMs = performance.now();
    const number = ++this.#number;
    try {
      if (number % 2 === 0) {
        await this.#get(id);
      } else {
        await this.#set(id, number);
      }
    } catch (error) {
      const { code } = error as SessionStorageError;
      this.failures.push({ calledMs, failedMs: performance.now(), code });
    }
    this.operations++;
    this.slowestMs = Math.max(this.slowestMs, performance.now() - calledMs);
  }

  async #set(id: string, number: number): Promise<void> {
    await this.#options.provider.set(id, createSession({ number }));
    this.#acknowledged.set(id, number);
  }

  async #get(id: string): Promise<void> {
    const acknowledged = this.#acknowledged.get(id);
    const found = Number((await this.#options.provider.get(id))?.get('number') ?? -1);
    if (acknowledged === undefined || found >= acknowledged) return;
    const text = `${id}: expected ${acknowledged} or later, got ${found}`;
    this.lost.push(text);
    if (found < (this.#replicated.get(id) ?? -1)) this.lostReplicated.push(text);
    this.#acknowledged.set(id, found);
  }
}
