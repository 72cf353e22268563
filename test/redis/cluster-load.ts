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

/** Gets and sets of some sessions, one at a time for each, whatever happens to the servers. */
export class ClusterLoad {
  readonly failures: FailedOperation[] = [];
  /** By id, the number of the last set that was acknowledged. */
  readonly acknowledged = new Map<string, number>();
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

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    await this.#options.provider.flush();
  }

  /** Ids whose stored session is older than that, with both numbers. */
  async olderThan(numbers: ReadonlyMap<string, number>): Promise<string[]> {
    const older: string[] = [];
    for (const [id, number] of numbers) {
      const found = Number((await this.#options.provider.get(id))?.get('number') ?? -1);
      if (found < number) older.push(`${id}: expected ${number} or later, got ${found}`);
    }
    return older;
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
    const { provider } = this.#options;
    const calledMs = performance.now();
    const number = ++this.#number;
    try {
      if (number % 2 === 0) {
        await provider.get(id);
      } else {
        await provider.set(id, createSession({ number }));
        this.acknowledged.set(id, number);
      }
    } catch (error) {
      const { code } = error as SessionStorageError;
      this.failures.push({ calledMs, failedMs: performance.now(), code });
    }
    this.operations++;
    this.slowestMs = Math.max(this.slowestMs, performance.now() - calledMs);
  }
}
