import { setTimeout } from 'node:timers/promises';
import { JstpClient } from '../../jstp-client.js';
import { type LatencyLog, nowMs } from './latency-log.js';
import type { Schedule } from './tasks.js';

/** A client that comes and goes, and knows how often it has been there. */
export class Visitor {
  readonly #client: JstpClient;
  #visits = 0;
  #lateReturns = 0;
  #stopped = false;

  constructor(username: string, port: number) {
    this.#client = new JstpClient({ username, port, app: 'visits' });
  }

  /** Returns that came after the session had expired, and so began with a new login. */
  get lateReturns(): number {
    return this.#lateReturns;
  }

  async logIn(): Promise<void> {
    await this.#client.logIn();
    this.#visits = 0;
    await this.#visit();
  }

  /** Until `stop`. Rejects when a session is not found or is not as it was. */
  async comeAndGo(schedule: Schedule, firstStayMs: number, returns: LatencyLog): Promise<void> {
    await setTimeout(firstStayMs);
    while (!this.#stopped) {
      await this.#client.drop();
      const droppedMs = nowMs();
      await setTimeout(schedule.awayMs);
      await this.#return(droppedMs + schedule.sessionLifetimeMs / 2, returns);
      await setTimeout(schedule.stayMs);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  close(): void {
    this.#client.close();
  }

  async #return(lateAtMs: number, returns: LatencyLog): Promise<void> {
    const startMs = nowMs();
    try {
      await this.#client.comeBack();
    } catch (error) {
      // Only on a machine that is very busy; the session is gone, as it has to be.
      if (nowMs() < lateAtMs) throw error;
      this.#lateReturns++;
      return this.logIn();
    }
    returns.add(startMs);
    await this.#visit();
  }

  async #visit(): Promise<void> {
    this.#visits++;
    const [visits] = await this.#client.call('visit', []);
    if (visits !== this.#visits) {
      throw new Error(`${this.#client.name}: expected visit ${this.#visits}, got ${visits}`);
    }
  }
}
