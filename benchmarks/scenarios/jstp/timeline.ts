import { setImmediate, setTimeout } from 'node:timers/promises';
import { DemoProcess } from '../../demo/demo-process.js';
import { readThreadCpuNs } from '../../measuring/thread-cpu.js';
import { createSession, idOf } from '../../measuring/typical.js';
import type { Peer, PeerKind } from '../../peers/peer.js';
import { OURS } from '../../report/subjects.js';
import { fill } from '../filling.js';
import type { Measured } from '../scenario.js';
import { type LatencySummary, nowMs, type TimeWindow } from './latency-log.js';
import type { Plan } from './plan.js';
import type { BystanderTasks, VisitorsTasks } from './tasks.js';
import { VisitedServer } from './visited-server.js';

const POLL_MS = 50;
/** What is shown of the time before and after the purge. */
const MARGIN_MS = 500;
const BUCKET_MS = 50;
/** The rest is for what is slower than planned. */
const SWEEP_INTERVAL_USED_MAX = 0.85;
const TASK_MS_MAX = 60_000;
const CLOSE_MS_MAX = 20_000;
/** Added to all times in which a purge has to be done. */
const PATIENCE_MS = 30_000;

interface Steady {
  readonly window: TimeWindow;
  readonly cpuNsPerReconnect: number;
  readonly reconnectsPerSecond: number;
}

/** One run of the scenario. The server is in this process, the clients are in two others. */
export class Timeline {
  readonly #peer: Peer;
  readonly #plan: Plan;
  readonly #sessions: number;
  readonly #createdMs = nowMs();
  readonly #server: VisitedServer;
  readonly #visitors = new DemoProcess<VisitorsTasks>('visitors', siblingUrl('visitors-process'));
  readonly #bystander = new DemoProcess<BystanderTasks>(
    'bystander',
    siblingUrl('bystander-process'),
  );

  private constructor(peer: Peer, plan: Plan, sessions: number) {
    this.#peer = peer;
    this.#plan = plan;
    this.#sessions = sessions;
    this.#server = new VisitedServer(peer, plan.clientExpirationMs);
  }

  static async start(kind: PeerKind, plan: Plan, sessions: number): Promise<Timeline> {
    const peer = await kind.create({
      inactiveSessionLifetimeMs: plan.sessionLifetimeMs,
      // Ours does not sweep; the tick of its wheel stays as users have it.
      ...(kind.name === OURS ? {} : { purgeIntervalMs: plan.sweepIntervalMs }),
    });
    return new Timeline(peer, plan, sessions);
  }

  /** `report` is told how much of it is done, from 0 to 1. Rejects for a session that is lost. */
  run(report: (part: number) => void): Promise<Measured> {
    return Promise.race([this.#run(report), this.#visitors.failure, this.#bystander.failure]);
  }

  async kill(): Promise<void> {
    await Promise.all([this.#visitors.kill(), this.#bystander.kill()]);
  }

  async #run(report: (part: number) => void): Promise<Measured> {
    // Active ones do not expire.
    await this.#forEachSession((id, n) => void this.#peer.set(id, createSession(id, n)));
    report(0.3);
    await this.#connect();
    await this.#untilNoSweepIsNear();
    report(0.4);
    const steady = await this.#measureSteady();
    report(0.7);
    const purge = await this.#measurePurge();
    report(0.9);
    const { lateReturns } = await this.#visitors.perform('stop', null, { timeoutMs: TASK_MS_MAX });
    const measured = await this.#measured(steady, purge);
    await this.#close();
    return { ...measured, metrics: { ...measured.metrics, lateReturns } };
  }

  async #connect(): Promise<void> {
    const port = await this.#server.listen();
    const { visitors, callIntervalMs } = this.#plan;
    await this.#visitors.perform('logIn', { port, visitors }, { timeoutMs: TASK_MS_MAX });
    const bystander = { port, intervalMs: callIntervalMs };
    await this.#bystander.perform('start', bystander, { timeoutMs: TASK_MS_MAX });
  }

  /** Until a store that sweeps will not do so before the steady part is over. */
  async #untilNoSweepIsNear(): Promise<void> {
    const { calmMs, stayMs, awayMs, steadyMs, sweepIntervalMs } = this.#plan;
    const neededMs = calmMs + stayMs + awayMs + steadyMs;
    const sinceSweepMs = (nowMs() - this.#createdMs) % sweepIntervalMs;
    if (sinceSweepMs + neededMs <= SWEEP_INTERVAL_USED_MAX * sweepIntervalMs) return;
    await setTimeout(sweepIntervalMs - sinceSweepMs);
    // A sweep that was due before this timer comes before it, or in its turn.
    await setImmediate();
  }

  async #measureSteady(): Promise<Steady> {
    const { calmMs, steadyMs, stayMs, awayMs, sessionLifetimeMs } = this.#plan;
    const calmCpuNsPerMs = await this.#cpuNsPerMs(calmMs);
    const schedule = { stayMs, awayMs, sessionLifetimeMs };
    await this.#visitors.perform('start', schedule, { timeoutMs: TASK_MS_MAX });
    await setTimeout(stayMs + awayMs);
    const fromMs = nowMs();
    const restoredBefore = this.#server.restored;
    const cpuNsPerMs = await this.#cpuNsPerMs(steadyMs);
    const window = { fromMs, toMs: nowMs() };
    const reconnectsPerMs =
      (this.#server.restored - restoredBefore) / (window.toMs - window.fromMs);
    return {
      window,
      cpuNsPerReconnect: (cpuNsPerMs - calmCpuNsPerMs) / reconnectsPerMs,
      reconnectsPerSecond: reconnectsPerMs * 1_000,
    };
  }

  /** All sessions but those of the clients that come and go run out. */
  async #measurePurge(): Promise<TimeWindow> {
    const { sessionLifetimeMs, sweepIntervalMs, visitors } = this.#plan;
    await this.#forEachSession((id) => this.#peer.setInactive(id));
    const giveUpAtMs = nowMs() + sessionLifetimeMs + 2 * sweepIntervalMs + PATIENCE_MS;
    let fromMs = nowMs();
    // Of each of the visitors there may be a session from before a late return, too.
    for (let size = await this.#peer.size(); size > 2 * visitors; size = await this.#peer.size()) {
      if (nowMs() > giveUpAtMs) throw new Error(`purge: ${size} sessions are left`);
      if (size >= this.#sessions) fromMs = nowMs();
      await setTimeout(POLL_MS);
    }
    return { fromMs, toMs: nowMs() };
  }

  async #measured(steady: Steady, purge: TimeWindow): Promise<Measured> {
    // Calls that were made before the purge began may have to wait for it.
    const around = { fromMs: purge.fromMs - MARGIN_MS, toMs: purge.toMs + MARGIN_MS };
    // The last calls of the window are to be answered.
    await setTimeout(MARGIN_MS);
    const task = { timeoutMs: TASK_MS_MAX };
    await this.#bystander.perform('stop', null, task);
    const calls = await this.#bystander.perform('summarize', steady.window, task);
    const purgeCalls = await this.#bystander.perform('summarize', around, task);
    const returns = await this.#visitors.perform('summarize', steady.window, task);
    const overTime = { window: around, bucketMs: BUCKET_MS };
    const { cpuNsPerReconnect, reconnectsPerSecond } = steady;
    const metrics = {
      ...named('purgeBystander', purgeCalls),
      ...named('bystander', calls),
      ...named('reconnect', returns),
      cpuNsPerReconnect,
      reconnectsPerSecond,
      restoredByStorePart: this.#server.restoredByStore / this.#server.restored,
      purgeMs: purge.toMs - purge.fromMs,
    };
    const bystanderMaxMs = await this.#bystander.perform('worstOverTime', overTime, task);
    return { metrics, series: { bystanderMaxMs } };
  }

  async #close(): Promise<void> {
    await Promise.all([this.#visitors.close(CLOSE_MS_MAX), this.#bystander.close(CLOSE_MS_MAX)]);
    await this.#server.close();
    await this.#peer.close();
  }

  #forEachSession(act: (id: string, n: number) => void): Promise<void> {
    return fill(
      this.#peer,
      0,
      this.#sessions,
      () => {},
      (n) => act(idOf(n), n),
    );
  }

  async #cpuNsPerMs(durationMs: number): Promise<number> {
    const startMs = nowMs();
    const startNs = readThreadCpuNs();
    await setTimeout(durationMs);
    return (readThreadCpuNs() - startNs) / (nowMs() - startMs);
  }
}

function named(prefix: string, { p50Ms, p99Ms, p999Ms, maxMs }: LatencySummary) {
  return {
    [`${prefix}MaxMs`]: maxMs,
    [`${prefix}P50Ms`]: p50Ms,
    [`${prefix}P99Ms`]: p99Ms,
    [`${prefix}P999Ms`]: p999Ms,
  };
}

function siblingUrl(name: string): URL {
  return new URL(`./${name}.js`, import.meta.url);
}
