import type { CancelTimer, Clock, ProcessHold } from '../../src/clock.js';
import type { Random } from './random.js';

interface AgendaEvent {
  readonly atMs: number;
  readonly thread: SimulatedThread;
  readonly run: () => void;
}

/** All that is going to happen on all threads, and the time, which passes only when told. */
export class Agenda {
  readonly #random: Random;
  #events: AgendaEvent[] = [];
  #elapsedMs = 0;
  #unixMs = Date.UTC(2026, 0, 1);

  constructor(random: Random) {
    this.#random = random;
  }

  /** Since the start, as timers count; it never jumps. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  get unixMs(): number {
    return this.#unixMs;
  }

  /** When the next event is due; it may be overdue. */
  get nextAtMs(): number {
    let atMs = Number.POSITIVE_INFINITY;
    for (const event of this.#events) atMs = Math.min(atMs, event.atMs);
    return atMs;
  }

  schedule(thread: SimulatedThread, delayMs: number, run: () => void): CancelTimer {
    if (thread.ended) return () => {};
    const event = { atMs: this.#elapsedMs + delayMs, thread, run };
    this.#events.push(event);
    return () => this.#remove(event);
  }

  /** Takes the event that is due earliest; one of them by chance if there are several. */
  take(): AgendaEvent | undefined {
    const atMs = this.nextAtMs;
    if (atMs > this.#elapsedMs) return undefined;
    const due = this.#events.filter((event) => event.atMs === atMs);
    const event = this.#random.pick(due);
    this.#remove(event);
    return event;
  }

  passTo(elapsedMs: number): void {
    this.#unixMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }

  /** Sets the clock of the machine; timers do not notice. */
  jump(ms: number): void {
    this.#unixMs += ms;
  }

  /** How many events of a thread there are. */
  countOf(thread: SimulatedThread): number {
    return this.#events.filter((event) => event.thread === thread).length;
  }

  forget(thread: SimulatedThread): void {
    this.#events = this.#events.filter((event) => event.thread !== thread);
  }

  #remove(event: AgendaEvent): void {
    const index = this.#events.indexOf(event);
    if (index >= 0) this.#events.splice(index, 1);
  }
}

/** A thread as what runs on it sees it: a clock, timers and turns of an event loop. */
export class SimulatedThread implements Clock {
  readonly #agenda: Agenda;
  readonly #holds = new Set<object>();
  #turns: (() => void)[] = [];
  #ended = false;

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** How many keep the process alive. */
  get holds(): number {
    return this.#holds.size;
  }

  now(): number {
    return this.#agenda.unixMs;
  }

  wall(): number {
    return this.now();
  }

  elapsed(): number {
    return this.#agenda.elapsedMs;
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    // Like Node.js, which makes 1 ms of less.
    return this.#agenda.schedule(this, Math.max(1, delayMs), callback);
  }

  nextTurn(callback: () => void): void {
    if (this.#turns.length === 0) this.#agenda.schedule(this, 0, () => this.#runTurn());
    this.#turns.push(callback);
  }

  createHold(): ProcessHold {
    const hold = {};
    return {
      acquire: () => this.#holds.add(hold),
      release: () => this.#holds.delete(hold),
    };
  }

  /** From here on nothing runs on it. */
  end(): void {
    this.#ended = true;
    this.#agenda.forget(this);
  }

  #runTurn(): void {
    const turns = this.#turns;
    this.#turns = [];
    for (const turn of turns) turn();
  }
}
