import { drainMicrotasks } from '../twins/test-provider.js';
import type { Agenda, SimulatedThread } from './agenda.js';
import { Violation } from './trace.js';

const EVENTS_MAX = 200_000;
const WAITS_MAX = 10_000;

export interface EventLoopOptions {
  readonly agenda: Agenda;
  readonly facade: SimulatedThread;
  /** Promises are also waited for on the threads of workers. */
  readonly workersPromise: boolean;
  /** How far time may pass between two looks at something that is waited for. */
  readonly waitMs: number;
  /** Called when all that came of an event is there. */
  readonly onSettled: () => void;
  /** Called when time has passed. */
  readonly onPassed: () => void;
}

/** Lets what is on the agenda happen, one event at a time. */
export class EventLoop {
  readonly #options: EventLoopOptions;
  #events = 0;

  constructor(options: EventLoopOptions) {
    this.#options = options;
  }

  /** Lets time pass, and everything happen that is due. */
  async pass(ms: number): Promise<void> {
    const { agenda, onPassed } = this.#options;
    const endMs = agenda.elapsedMs + ms;
    for (;;) {
      const { nextAtMs } = agenda;
      if (nextAtMs > endMs) break;
      agenda.passTo(Math.max(agenda.elapsedMs, nextAtMs));
      await this.runNext();
    }
    agenda.passTo(Math.max(agenda.elapsedMs, endMs));
    onPassed();
  }

  async passUntil(isDone: () => boolean): Promise<void> {
    for (let i = 0; !isDone(); i++) {
      if (i > WAITS_MAX) throw new Violation('expected an end of it');
      await this.pass(this.#options.waitMs);
    }
  }

  /** Some of what is due now, as far as there is any. */
  async run(count: number): Promise<void> {
    for (let i = 0; i < count && (await this.runNext()); i++);
  }

  /** All that can happen without time passing. */
  async runDue(): Promise<void> {
    await this.drain();
    while (await this.runNext());
  }

  async runNext(): Promise<boolean> {
    const { agenda, facade } = this.#options;
    const event = agenda.take();
    if (event === undefined) return false;
    if (++this.#events > EVENTS_MAX) throw new Violation('expected an end of all that happens');
    event.run();
    if (event.thread === facade || this.#options.workersPromise) await this.drain();
    return true;
  }

  /** Until all promises and ticks have had their say, and the errors of the turn are told. */
  async drain(): Promise<void> {
    await drainMicrotasks();
    this.#options.onSettled();
  }
}
