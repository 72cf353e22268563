import type { RunningShard, ShardListener, ShardStarter } from '../../src/facade/shard-port.js';
import type { DiskFailure } from './failing-disk.js';
import type { Random } from './random.js';
import { SimulatedWorker } from './simulated-worker.js';
import type { StartPlan, WorkerOptions } from './worker-options.js';

/** Beyond what the facade waits for a start. */
const NEVER_MS = 40_000;

/** How messages and disks fare is for the workers to know. */
type Drawn = 'delayMs' | 'stopDelayMs' | 'diskDelayMs' | 'tornBytes';

export interface SimulatedWorkersOptions extends Omit<WorkerOptions, Drawn> {
  readonly random: Random;
}

/** Starts simulated workers, and knows how each is to fare. */
export class SimulatedWorkers implements ShardStarter {
  readonly #options: SimulatedWorkersOptions;
  readonly #random: Random;
  readonly #workers: (SimulatedWorker | undefined)[] = [];
  readonly #plans: StartPlan[][] = [];
  // All messages of a shard take so long, for a while.
  readonly #slowMs: number[] = [];
  #diskSlowMs = 0;
  #started = 0;
  #healed = false;

  constructor(options: SimulatedWorkersOptions) {
    this.#options = options;
    this.#random = options.random;
  }

  start(shard: number, listener: ShardListener): RunningShard {
    const plan = this.#plans[shard]?.shift() ?? this.#usualStart();
    const number = ++this.#started;
    const { trace, ledger } = this.#options;
    trace.note(`worker ${shard}.${number} is started: ${plan.end} in ${plan.delayMs} ms`);
    const worker = new SimulatedWorker(
      {
        ...this.#options,
        delayMs: () => this.#delayMs(shard),
        stopDelayMs: () => this.#random.between(1, 5),
        diskDelayMs: () => this.#diskDelayMs(),
        tornBytes: (length) => this.#random.below(length + 1),
      },
      shard,
      number,
      listener,
      plan,
    );
    ledger.onStart(worker);
    this.#workers[shard] = worker;
    return worker;
  }

  get all(): readonly SimulatedWorker[] {
    return this.#workers.filter((worker) => worker !== undefined);
  }

  /** One that runs, ready or not. */
  pick(): SimulatedWorker | undefined {
    const running = this.all.filter((worker) => worker.alive);
    return running.length === 0 ? undefined : this.#random.pick(running);
  }

  /** Messages of the shard take so much longer, until healed or set anew. */
  slowDown(shard: number, delayMs: number): void {
    this.#slowMs[shard] = delayMs;
  }

  /** The disk takes up to so much longer for each thing, until healed or set anew. */
  slowDiskDown(delayMs: number): void {
    this.#diskSlowMs = delayMs;
  }

  failDisk(failure: DiskFailure, ms: number): void {
    this.#options.journals?.disk.failFor(failure, ms);
  }

  planStarts(shard: number, plans: StartPlan[]): void {
    this.#plans[shard] = plans;
  }

  /** Nothing goes wrong from here on. A worker that hangs does so until it is replaced. */
  heal(): void {
    this.#healed = true;
    this.#plans.length = 0;
    this.#slowMs.length = 0;
    this.#options.journals?.disk.repair();
    for (const worker of this.all) {
      worker.killAfter(Number.POSITIVE_INFINITY);
      worker.killInDiskAfter(Number.POSITIVE_INFINITY);
    }
  }

  #usualStart(): StartPlan {
    return { delayMs: this.#healed ? 5 : this.#random.between(1, 20), end: 'ready' };
  }

  #diskDelayMs(): number {
    if (this.#healed) return 0;
    return this.#random.below(this.#diskSlowMs === 0 ? 8 : this.#diskSlowMs);
  }

  #delayMs(shard: number): number {
    if (this.#healed) return 0;
    const slowMs = this.#slowMs[shard] ?? 0;
    const usualMs = this.#random.chance(0.3) ? this.#random.below(10) : 0;
    return slowMs === 0 ? usualMs : this.#random.below(slowMs);
  }
}

/** Starts that fail one after the other, in different ways. */
export function drawFailedStarts(random: Random): StartPlan[] {
  return Array.from({ length: random.between(1, 6) }, () => {
    const end = random.pick(['dies', 'dies', 'dies', 'ready', 'never'] as const);
    if (end === 'dies') return { end, delayMs: random.between(1, 100) };
    // A start that takes very long is given up.
    if (end === 'ready') return { end, delayMs: random.pick([500, 3_000, NEVER_MS]) };
    return { end, delayMs: 0 };
  });
}
