import type { StoreLimits } from '../../src/shard/session-store.js';
import type { ShardCounts } from '../../src/shard-counts.js';
import type { ByteCosts } from './byte-costs.js';
import { textOf } from './held-session.js';

export interface NaiveStoreOptions {
  readonly limits: StoreLimits;
  readonly costs: ByteCosts;
  readonly purgeIntervalMs: number;
  readonly startMs: number;
  /** Called for each session that ran out or was given up. */
  readonly instant: () => number;
}

/** What an amendment names to say which value it belongs to. */
const HEAD_BYTES = 9;

interface NaiveSession {
  readonly value: string;
  readonly head: string;
  readonly bytes: number;
  readonly deadlineMs: number;
  /** The deadline; if that had passed when it was touched last, then just after that. A tick frees it. */
  readonly dueMs: number;
  readonly inactive: boolean;
  /** An addition was refused, so none may follow. */
  readonly ended: boolean;
}

/** A session went, at that instant, though nobody asked for it. */
export interface Departure {
  readonly instant: number;
  readonly id: string;
  readonly value: string;
}

/** A store that does what it may do, and what it then answers. */
export interface Outcome {
  readonly store: NaiveStore;
  readonly result: string | number | boolean | undefined;
}

/**
 * What a store promises, as plainly as it can be said, and without a word of the real one. Where the
 * promise leaves a choice (which of two that expire at one time is given up, whether one that expired
 * just now is freed already) there are several outcomes, each with a store of its own.
 */
export class NaiveStore {
  readonly #options: NaiveStoreOptions;
  readonly #sessions: Map<string, NaiveSession>;
  readonly departures: Departure[];
  #bytes = 0;
  readonly #done = {
    sessions: 0,
    bytes: 0,
    hits: 0,
    misses: 0,
    sets: 0,
    expired: 0,
    evictedForSessions: 0,
    evictedForBytes: 0,
    refused: 0,
    writeErrors: 0,
  };

  constructor(options: NaiveStoreOptions, sessions?: Map<string, NaiveSession>) {
    this.#options = options;
    this.#sessions = new Map(sessions);
    this.departures = [];
  }

  /** As they are until something is done next. */
  get counts(): ShardCounts {
    this.#done.sessions = this.#sessions.size;
    this.#done.bytes = this.#bytes;
    return this.#done;
  }

  /** Until when a session lives, and whether it may be given up before. */
  lifeOf(id: string): { readonly deadlineMs: number; readonly inactive: boolean } | undefined {
    return this.#sessions.get(id);
  }

  /** What it holds and has not expired, as text: equal for stores that hold the same. */
  liveAt(nowMs: number): string {
    const live = [...this.#sessions].filter(([, { deadlineMs }]) => nowMs < deadlineMs);
    return textOf(live.map(([id, session]) => ({ id, ...session })));
  }

  /** The stored values, by id. */
  get values(): Map<string, string> {
    return new Map([...this.#sessions].map(([id, { value }]) => [id, value]));
  }

  /** Equal for stores that hold the same. */
  get key(): string {
    return JSON.stringify([...this.#sessions].sort());
  }

  get(id: string, deadlineMs: number, nowMs: number): Outcome[] {
    const session = this.#live(id, nowMs);
    if (session === undefined) {
      this.#done.misses++;
      return [{ store: this, result: undefined }];
    }
    this.#done.hits++;
    // What was added is put together with the value, which then costs no more than any other.
    const bytes = this.#options.costs.ofSession(id, session.value.length);
    const dueMs = Math.max(deadlineMs, nowMs + 1);
    this.#put(id, { ...session, deadlineMs, dueMs, bytes, inactive: false });
    return [{ store: this, result: session.value }];
  }

  set(id: string, value: string, deadlineMs: number, nowMs: number): Outcome[] {
    const before = this.#live(id, nowMs);
    const bytes = this.#options.costs.ofSession(id, value.length);
    const head = value.slice(0, HEAD_BYTES);
    const dueMs = Math.max(deadlineMs, nowMs + 1);
    const after = { value, head, bytes, deadlineMs, dueMs, inactive: false, ended: false };
    const growth = bytes - (before?.bytes ?? 0);
    const rooms = this.#makeRoom(id, before === undefined ? 1 : 0, growth, nowMs);
    return rooms.map(({ store, result }) => {
      if (result) store.#put(id, after);
      if (result) store.#done.sets++;
      else store.#done.refused++;
      return { store, result };
    });
  }

  setInactive(id: string, deadlineMs: number, nowMs: number): Outcome[] {
    const session = this.#live(id, nowMs);
    const dueMs = Math.max(deadlineMs, nowMs + 1);
    if (session !== undefined) this.#put(id, { ...session, deadlineMs, dueMs, inactive: true });
    return [{ store: this, result: undefined }];
  }

  amend(id: string, head: string, addition: string, nowMs: number): Outcome[] {
    const session = this.#live(id, nowMs);
    if (session === undefined || session.head !== head) return [{ store: this, result: true }];
    const growth = this.#options.costs.ofAddition(session.value.length, addition.length);
    const rooms = session.ended
      ? [{ store: this, result: false }]
      : this.#makeRoom(id, 0, growth, nowMs);
    return rooms.map(({ store, result }) => {
      const { value, bytes } = session;
      const after = result
        ? { ...session, value: value + addition, bytes: bytes + growth }
        : { ...session, ended: true };
      store.#put(id, after);
      if (!result) store.#done.refused++;
      return { store, result };
    });
  }

  delete(id: string, nowMs: number): Outcome[] {
    const result = this.#live(id, nowMs) !== undefined;
    this.#take(id);
    return [{ store: this, result }];
  }

  clear(): Outcome[] {
    this.#sessions.clear();
    this.#bytes = 0;
    return [{ store: this, result: undefined }];
  }

  size(): Outcome[] {
    return [{ store: this, result: this.#sessions.size }];
  }

  /**
   * What expired up to the latest tick is freed; of what expired since, as many as the real store says to
   * have freed, whichever these are.
   */
  purge(nowMs: number, expired: number): Outcome[] {
    const { startMs, purgeIntervalMs } = this.#options;
    const tickMs =
      nowMs - ((((nowMs - startMs) % purgeIntervalMs) + purgeIntervalMs) % purgeIntervalMs);
    for (const [id, { dueMs }] of [...this.#sessions]) {
      if (dueMs <= tickMs) this.#expire(id);
    }
    const late = [...this.#sessions].filter(([, { deadlineMs }]) => deadlineMs <= nowMs);
    const missing = expired - this.#done.expired;
    if (missing < 0 || missing > late.length) return [{ store: this, result: undefined }];
    const ids = late.map(([id]) => id);
    return this.#expireSome(ids, missing).map((store) => ({
      store,
      result: undefined,
    }));
  }

  /** Every way to free so many of these. */
  #expireSome(ids: readonly string[], count: number): NaiveStore[] {
    if (count === 0) return [this];
    const [id, ...others] = ids;
    if (id === undefined || count > ids.length) return [];
    const freed = this.copy();
    freed.#expire(id);
    return [...freed.#expireSome(others, count - 1), ...this.#expireSome(others, count)];
  }

  /** Every way to make room for so much more without giving up `kept`; the result tells if there is. */
  #makeRoom(
    kept: string,
    sessions: number,
    bytes: number,
    nowMs: number,
  ): (Outcome & { result: boolean })[] {
    if (this.#fits(sessions, bytes)) return [{ store: this, result: true }];
    const inactive = [...this.#sessions].filter(([id, session]) => session.inactive && id !== kept);
    const firstMs = Math.min(...inactive.map(([, { deadlineMs }]) => deadlineMs));
    if (firstMs > nowMs) {
      const freed = inactive.reduce((sum, [, session]) => sum + session.bytes, 0);
      const enough = this.#fits(sessions - inactive.length, bytes - freed);
      const { overflow } = this.#options.limits;
      if (overflow === 'reject' || !enough) return [{ store: this, result: false }];
    }
    const victims = inactive.filter(([, { deadlineMs }]) => deadlineMs === firstMs);
    return victims.flatMap(([id]) => {
      const store = victims.length === 1 ? this : this.copy();
      if (firstMs <= nowMs) store.#expire(id);
      else store.#evict(id, sessions);
      return store.#makeRoom(kept, sessions, bytes, nowMs);
    });
  }

  #fits(sessions: number, bytes: number): boolean {
    const { sessionsMax, bytesMax } = this.#options.limits;
    const enoughBytes = bytes <= 0 || this.#bytes + bytes <= bytesMax;
    return enoughBytes && this.#fitsSessions(sessions, sessionsMax);
  }

  #fitsSessions(sessions: number, sessionsMax: number): boolean {
    return sessions <= 0 || this.#sessions.size + sessions <= sessionsMax;
  }

  #live(id: string, nowMs: number): NaiveSession | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || nowMs < session.deadlineMs) return session;
    this.#expire(id);
    return undefined;
  }

  #expire(id: string): void {
    this.#done.expired++;
    this.#depart(id);
  }

  #evict(id: string, sessions: number): void {
    const tooMany = !this.#fitsSessions(sessions, this.#options.limits.sessionsMax);
    if (tooMany) this.#done.evictedForSessions++;
    else this.#done.evictedForBytes++;
    this.#depart(id);
  }

  #depart(id: string): void {
    const value = this.#take(id)?.value ?? '';
    this.departures.push({ instant: this.#options.instant(), id, value });
  }

  #put(id: string, session: NaiveSession): void {
    this.#take(id);
    this.#sessions.set(id, session);
    this.#bytes += session.bytes;
  }

  #take(id: string): NaiveSession | undefined {
    const session = this.#sessions.get(id);
    this.#bytes -= session?.bytes ?? 0;
    this.#sessions.delete(id);
    return session;
  }

  /** One that begins with what this one holds; what has expired is not taken over, and not counted. */
  continueIn(options: NaiveStoreOptions, nowMs: number): NaiveStore {
    const next = new NaiveStore(options);
    for (const [id, session] of this.#sessions) {
      const { deadlineMs, value } = session;
      if (nowMs < deadlineMs) next.#put(id, { ...session, dueMs: deadlineMs });
      else next.departures.push({ instant: options.instant(), id, value });
    }
    return next;
  }

  /** The same without these sessions. */
  without(ids: readonly string[]): NaiveStore {
    const copy = this.copy();
    for (const id of ids) copy.#take(id);
    return copy;
  }

  copy(): NaiveStore {
    const copy = new NaiveStore(this.#options, this.#sessions);
    copy.departures.push(...this.departures);
    copy.#bytes = this.#bytes;
    Object.assign(copy.#done, this.#done);
    return copy;
  }
}
