import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { ShardedSessionStorageProvider } from '../../src/index.js';
import { createSession } from '../twins/test-provider.js';

export interface LoadOptions {
  readonly provider: ShardedSessionStorageProvider;
  readonly ids: number;
  readonly operationsPerTurn: number;
  /** Between two turns; at least a turn of the event loop. */
  readonly pauseMs: number;
}

/** What a server does all day, at random: restores sessions, stores them, marks them inactive. */
export class Load {
  /** Operations that were called, that are not settled, and that failed, by code. */
  called = 0;
  unsettled = 0;
  readonly failures = new Map<string, number>();
  longestMs = 0;
  readonly #options: LoadOptions;
  readonly #session = createSession({
    user: 'somebody',
    rights: ['read', 'write'],
    at: new Date(0),
  });
  #stopped = false;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { operationsPerTurn, pauseMs } = this.#options;
    while (!this.#stopped) {
      for (let i = 0; i < operationsPerTurn; i++) this.#callOne();
      await setTimeout(pauseMs);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  #callOne(): void {
    const { provider, ids } = this.#options;
    const id = `id ${Math.floor(Math.random() * ids)}`;
    const chance = Math.random();
    if (chance < 0.4) {
      this.#watch(provider.get(id));
    } else if (chance < 0.9) {
      this.#watch(provider.set(id, this.#session));
      this.#watch(provider.setInactive(id));
    } else if (chance < 0.99) {
      this.#watch(provider.delete(id));
    } else {
      this.#watch(provider.size());
    }
  }

  #watch(promise: Promise<unknown>): void {
    this.called++;
    this.unsettled++;
    const startMs = performance.now();
    const settle = () => {
      this.unsettled--;
      this.longestMs = Math.max(this.longestMs, performance.now() - startMs);
    };
    promise.then(settle, ({ code }: { code: string }) => {
      settle();
      this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    });
  }
}
