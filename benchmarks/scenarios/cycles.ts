import type { JstpSession } from '../../src/index.js';
import { GarbageCollection } from '../measuring/garbage-collection.js';
import { Latencies } from '../measuring/latencies.js';
import { LoopDelay } from '../measuring/loop-delay.js';
import type { Metrics, Points } from '../measuring/metrics.js';
import { Pacer } from '../measuring/pacer.js';
import { readProcessCpuNs, readThreadCpuNs } from '../measuring/thread-cpu.js';
import { changeSession, idOf } from '../measuring/typical.js';
import type { Peer } from '../peers/peer.js';

const TICK_MS = 1;
/** Not answered at one time. What is more waits, and its time counts. */
const PENDING_MAX = 50_000;
const END_MS_MAX = 10_000;

export interface CyclesOptions {
  readonly perSecond: number;
  /** The number of the session that comes back next. */
  readonly nextSession: () => number;
  /** Whether its client leaves again: a change, `set`, `setInactive`. */
  readonly leaves: boolean;
}

/**
 * Clients that come back, and perhaps leave again, at a steady rate. A timer begins each millisecond as
 * many of these cycles as are due. An answer's time counts from when its cycle was due, see `Pacer`.
 */
export class Cycles {
  readonly #peer: Peer;
  readonly #options: CyclesOptions;
  readonly #pacer: Pacer;
  readonly #timer: NodeJS.Timeout;
  readonly latencies = new Latencies();
  done = 0;
  #pending = 0;
  #catchingUp = false;
  #stopped = false;

  /** Starts at once. */
  constructor(peer: Peer, options: CyclesOptions) {
    this.#peer = peer;
    this.#options = options;
    this.#pacer = new Pacer(options.perSecond, performance.now());
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Begins no more, and waits until those under way are done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    const endMs = performance.now() + END_MS_MAX;
    while (this.#pending > 0) {
      if (performance.now() > endMs) throw new Error(`${this.#pending} gets were never answered`);
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    await this.#peer.flush();
  }

  #tick(): void {
    if (this.#stopped) return;
    const count = this.#pacer.tick(performance.now(), PENDING_MAX - this.#pending);
    for (let i = 0; i < count; i++) this.#begin(this.#pacer.begin());
    if (count === 0 || this.#catchingUp || !this.#pacer.isBehind()) return;
    this.#catchingUp = true;
    setImmediate(() => {
      this.#catchingUp = false;
      this.#tick();
    });
  }

  #begin(dueMs: number): void {
    const id = idOf(this.#options.nextSession());
    this.#pending++;
    this.#peer.get(id, (session) => {
      this.#pending--;
      this.latencies.record(performance.now() - dueMs);
      if (session === undefined) throw new Error(`expected session ${id} to be stored`);
      if (this.#options.leaves) this.#leave(id, session);
      this.done++;
    });
  }

  #leave(id: string, session: JstpSession): void {
    changeSession(session, this.done);
    this.#peer.set(id, session);
    this.#peer.setInactive(id);
  }
}

/** Acts while cycles are under way, and stops them whatever comes of it. */
export async function underCycles<T>(
  peer: Peer,
  options: CyclesOptions,
  act: (cycles: Cycles) => Promise<T>,
): Promise<T> {
  const cycles = new Cycles(peer, options);
  try {
    return await act(cycles);
  } finally {
    await cycles.stop();
  }
}

/** What a time of cycles has cost. */
export interface CyclesCost {
  /** `cpuNsPerCycle`, `cyclesPerSecond`, and those of latencies, loop delay and garbage collection. */
  readonly metrics: Metrics & { readonly cpuNsPerCycle: number; readonly loopMaxMs: number };
  readonly points: (originMs?: number) => Points;
}

/** Measures cycles that are under way until `wait` is over. */
export async function measureCycles(
  cycles: Cycles,
  wait: () => Promise<unknown>,
): Promise<CyclesCost> {
  const garbageCollection = new GarbageCollection();
  const loopDelay = new LoopDelay();
  const startMs = performance.now();
  const { done } = cycles;
  cycles.latencies.reset();
  garbageCollection.start();
  loopDelay.start();
  const startCpuNs = readThreadCpuNs();
  const startProcessCpuNs = readProcessCpuNs();
  await wait();
  const cpuNs = readThreadCpuNs() - startCpuNs;
  const processCpuNs = readProcessCpuNs() - startProcessCpuNs;
  const measured = cycles.done - done;
  const seconds = (performance.now() - startMs) / 1e3;
  loopDelay.stop();
  const latencies = cycles.latencies.metrics('get');
  return {
    metrics: {
      cpuNsPerCycle: cpuNs / measured,
      processCpuNsPerCycle: processCpuNs / measured,
      cyclesPerSecond: measured / seconds,
      ...latencies,
      ...loopDelay.metrics(),
      loopMaxMs: loopDelay.maxMs,
      ...(await garbageCollection.stop()),
    },
    points: (originMs) => loopDelay.points(originMs),
  };
}
