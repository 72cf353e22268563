import type { CancelTimer, Clock, ProcessHold } from '../../src/clock.js';

const TURNS_MAX = 100_000;

/** Time that stands still until a test moves it. */
export class ManualClock implements Clock {
  #elapsedMs = 0;
  #unixMs: number;
  #wallAheadMs = 0;
  #turns: (() => void)[] = [];
  readonly #holds = new Set<object>();
  #timers: { atMs: number; callback: () => void }[] = [];

  constructor(unixMs = Date.UTC(2026, 0, 1)) {
    this.#unixMs = unixMs;
  }

  now(): number {
    return this.#unixMs;
  }

  wall(): number {
    return this.#unixMs + this.#wallAheadMs;
  }

  elapsed(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    const timer = { atMs: this.#elapsedMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  nextTurn(callback: () => void): void {
    this.#turns.push(callback);
  }

  createHold(): ProcessHold {
    const hold = {};
    return {
      acquire: () => this.#holds.add(hold),
      release: () => this.#holds.delete(hold),
    };
  }

  /** How many hold the process. */
  get holds(): number {
    return this.#holds.size;
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** Lets time pass: timers fire in order, turns run in between. */
  advance(ms: number): void {
    const endMs = this.#elapsedMs + ms;
    for (;;) {
      this.runTurns();
      const [next] = this.#timers
        .filter(({ atMs }) => atMs <= endMs)
        .sort((one, other) => one.atMs - other.atMs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#passTo(next.atMs);
      next.callback();
    }
    this.#passTo(endMs);
  }

  /** Sets what `now` says; timers do not notice, like those of the operating system. */
  jump(ms: number): void {
    this.#unixMs += ms;
  }

  /** Sets the machine's clock, which `now` does not follow. */
  setWall(unixMs: number): void {
    this.#wallAheadMs = unixMs - this.#unixMs;
  }

  /** Runs one turn of the event loop. False if there was nothing to do. */
  runTurn(): boolean {
    const turns = this.#turns;
    this.#turns = [];
    for (const turn of turns) turn();
    return turns.length > 0;
  }

  /** Runs turns until there is nothing left to do at this time. */
  runTurns(): void {
    for (let i = 0; this.runTurn(); i++) {
      if (i === TURNS_MAX) throw new Error(`expected the turns to end within ${TURNS_MAX}`);
    }
  }

  #passTo(elapsedMs: number): void {
    this.#unixMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }
}
