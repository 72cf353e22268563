import { Violation } from './trace.js';

export type Touch = 'set' | 'get' | 'setInactive';

/** Which touch an operation of a batch is. */
const TOUCHES: Record<string, Touch> = {
  SET: 'set',
  GET: 'get',
  SET_INACTIVE: 'setInactive',
  SET_INACTIVE_VALUE: 'setInactive',
};

/** When a session may end is decided by the client's calls alone, however late a shard hears of them. */
export class DeadlineLedger {
  readonly #lifetimesMs: Readonly<Record<Touch, number>>;
  readonly #legal = new Set<string>();

  constructor(inactiveSessionLifetimeMs: number, activeSessionLifetimeMs: number) {
    this.#lifetimesMs = {
      set: activeSessionLifetimeMs,
      get: activeSessionLifetimeMs,
      setInactive: inactiveSessionLifetimeMs,
    };
  }

  /** Tells the deadline. */
  onCall(touch: Touch, id: string, nowMs: number): number {
    const deadlineMs = nowMs + this.#lifetimesMs[touch];
    this.#legal.add(`${touch} ${id} ${deadlineMs}`);
    return deadlineMs;
  }

  check(operation: string, id: string, deadlineMs: number): void {
    const touch = TOUCHES[operation];
    if (this.#legal.has(`${touch} ${id} ${deadlineMs}`)) return;
    throw new Violation(`${operation} ${id}: expected a deadline from a call, got ${deadlineMs}`);
  }
}
