import assert from 'node:assert/strict';
import fc from 'fast-check';
import { IdKey, wordsOfKind } from '../../src/shard/id-key.js';
import { bytesOfSession } from '../../src/shard/session-bytes.js';
import type { SessionStore, StoreLimits } from '../../src/shard/session-store.js';
import type { ShardCounts } from '../../src/shard-counts.js';
import type { ManualClock } from '../twins/manual-clock.js';

export type LimitsStep =
  | { kind: 'get' | 'setInactive'; id: string; inMs: number }
  | { kind: 'set' | 'setInactiveValue'; id: string; inMs: number; length: number }
  | { kind: 'amend'; id: string; length: number }
  | { kind: 'delete'; id: string }
  | { kind: 'jump'; ms: number }
  | { kind: 'clear' };

interface ModelSession {
  value: string;
  deadlineMs: number;
  inactive: boolean;
  ended: boolean;
}

const key = new IdKey();

const TEN_YEARS_MS = 10 * 365 * 86_400_000;

/**
 * A store with limits beside a plain Map that is searched from end to end; the two must give the same
 * answers and the same counts. Deadlines are all different, so that there is one right order.
 */
export class LimitsModel {
  readonly #store: SessionStore;
  readonly #clock: ManualClock;
  readonly #limits: StoreLimits;
  readonly #sessions = new Map<string, ModelSession>();
  readonly #counts = {
    hits: 0,
    misses: 0,
    sets: 0,
    expired: 0,
    evictedForSessions: 0,
    evictedForBytes: 0,
    refused: 0,
    writeErrors: 0,
  };
  #steps = 0;

  constructor(store: SessionStore, clock: ManualClock, limits: StoreLimits) {
    this.#store = store;
    this.#clock = clock;
    this.#limits = limits;
  }

  static anyLimits(): fc.Arbitrary<StoreLimits> {
    const none = fc.constant(Number.POSITIVE_INFINITY);
    return fc.record({
      sessionsMax: fc.oneof(none, fc.integer({ min: 1, max: 6 })),
      bytesMax: fc.oneof(none, fc.integer({ min: 300, max: 3_000 })),
      overflow: fc.constantFrom('evict-inactive', 'evict-inactive', 'reject'),
    });
  }

  static anySteps(): fc.Arbitrary<LimitsStep[]> {
    const id = fc.constantFrom(...'abcdefghij');
    const inMs = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.nat(86_400), fc.nat(TEN_YEARS_MS));
    const ms = fc.oneof(fc.nat(30), fc.nat(100_000), fc.integer({ min: -100_000, max: 0 }));
    const length = fc.oneof(fc.nat(10), fc.nat(1_500));
    const kind = <Kind extends LimitsStep['kind']>(name: Kind) => fc.constant(name);
    const step: fc.Arbitrary<LimitsStep> = fc.oneof(
      { weight: 8, arbitrary: fc.record({ kind: kind('set'), id, inMs, length }) },
      { weight: 8, arbitrary: fc.record({ kind: kind('setInactive'), id, inMs }) },
      { weight: 8, arbitrary: fc.record({ kind: kind('setInactiveValue'), id, inMs, length }) },
      { weight: 3, arbitrary: fc.record({ kind: kind('get'), id, inMs }) },
      { weight: 4, arbitrary: fc.record({ kind: kind('amend'), id, length }) },
      { weight: 1, arbitrary: fc.record({ kind: kind('delete'), id }) },
      { weight: 3, arbitrary: fc.record({ kind: kind('jump'), ms }) },
    );
    const clear = fc.record({ kind: kind('clear') });
    return fc.array(fc.oneof({ weight: 60, arbitrary: step }, { weight: 2, arbitrary: clear }), {
      maxLength: 150,
    });
  }

  apply(step: LimitsStep): void {
    this.#steps++;
    if (step.kind === 'jump') this.#clock.jump(step.ms);
    if (step.kind === 'clear') this.#clear();
    if (step.kind === 'get') this.#get(step.id, this.#deadline(step.inMs));
    if (step.kind === 'set' || step.kind === 'setInactiveValue') this.#setValue(step);
    if (step.kind === 'setInactive') this.#setInactive(step.id, this.#deadline(step.inMs));
    if (step.kind === 'amend') this.#amend(step.id, '+'.repeat(step.length));
    if (step.kind === 'delete') this.#delete(step.id);
    this.check();
  }

  check(): void {
    const counts = { ...this.#counts, sessions: this.#sessions.size, bytes: this.#bytes() };
    assert.deepEqual(this.#store.counts(), counts satisfies ShardCounts);
    assert(counts.sessions <= this.#limits.sessionsMax && counts.bytes <= this.#limits.bytesMax);
  }

  /** Deletes all, and then nothing is left. */
  checkEnd(): void {
    for (const id of [...this.#sessions.keys()]) this.#delete(id);
    this.check();
    assert.equal(this.#store.counts().bytes, 0);
  }

  #deadline(inMs: number): number {
    return this.#clock.now() + inMs * 1_000 + this.#steps;
  }

  #bytes(): number {
    const bytes = [...this.#sessions].map(([id, { value }]) => bytesOf(id, value.length));
    return bytes.reduce((sum, one) => sum + one, 0);
  }

  #clear(): void {
    this.#store.clear();
    this.#sessions.clear();
  }

  #get(id: string, deadlineMs: number): void {
    const session = this.#live(id);
    if (session !== undefined) {
      this.#counts.hits++;
      Object.assign(session, { inactive: false, deadlineMs });
    } else this.#counts.misses++;
    assert.equal(this.#store.get(0, id, deadlineMs), session?.value);
  }

  #setValue({
    kind,
    id,
    length,
    inMs,
  }: Extract<LimitsStep, { length: number; inMs: number }>): void {
    const deadlineMs = this.#deadline(inMs);
    const value = `${this.#steps}:${'x'.repeat(length)}`;
    const before = this.#live(id);
    const beforeBytes = before === undefined ? 0 : bytesOf(id, before.value.length);
    const bytes = bytesOf(id, value.length) - beforeBytes;
    const fits = this.#makeRoom(before === undefined ? 1 : 0, bytes, id);
    if (fits) this.#sessions.set(id, { value, deadlineMs, inactive: false, ended: false });
    if (fits) this.#counts.sets++;
    else this.#counts.refused++;
    if (kind === 'set') {
      assert.equal(this.#store.set(0, id, value, deadlineMs), fits);
      return;
    }
    const session = this.#sessions.get(id);
    if (session !== undefined) Object.assign(session, { inactive: true, deadlineMs });
    assert.equal(this.#store.setInactiveValue(0, id, value, deadlineMs), fits);
  }

  #setInactive(id: string, deadlineMs: number): void {
    const session = this.#live(id);
    if (session !== undefined) Object.assign(session, { inactive: true, deadlineMs });
    this.#store.setInactive(0, id, deadlineMs);
  }

  #amend(id: string, addition: string): void {
    const session = this.#live(id);
    const head = session?.value.slice(0, 3) ?? '';
    const appended = session === undefined || this.#append(id, session, addition);
    if (!appended) this.#counts.refused++;
    assert.equal(this.#store.amend(0, id, head, addition), appended);
  }

  #append(id: string, session: ModelSession, addition: string): boolean {
    const { length } = session.value;
    const bytes = bytesOf(id, length + addition.length) - bytesOf(id, length);
    session.ended ||= !this.#makeRoom(0, bytes, id);
    if (session.ended) return false;
    session.value += addition;
    return true;
  }

  #delete(id: string): void {
    const isLive = this.#live(id) !== undefined;
    this.#sessions.delete(id);
    assert.equal(this.#store.delete(0, id), isLive);
  }

  #live(id: string): ModelSession | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || session.deadlineMs > this.#clock.now()) return session;
    this.#sessions.delete(id);
    this.#counts.expired++;
    return undefined;
  }

  #makeRoom(sessions: number, bytes: number, kept: string): boolean {
    const misfit = () => {
      if (this.#sessions.size + sessions > this.#limits.sessionsMax) return 'evictedForSessions';
      return this.#bytes() + bytes > this.#limits.bytesMax ? 'evictedForBytes' : undefined;
    };
    const evictable = [...this.#sessions]
      .filter(([id, { inactive }]) => inactive && id !== kept)
      .sort(([, one], [, other]) => one.deadlineMs - other.deadlineMs);
    for (const [id, { deadlineMs }] of evictable) {
      if (misfit() === undefined || deadlineMs > this.#clock.now()) break;
      this.#sessions.delete(id);
      this.#counts.expired++;
    }
    if (misfit() !== undefined && this.#limits.overflow === 'reject') return false;
    const before = new Map(this.#sessions);
    const countsBefore = { ...this.#counts };
    for (const [id] of evictable) {
      const cause = misfit();
      if (cause !== undefined && this.#sessions.delete(id)) this.#counts[cause]++;
    }
    if (misfit() === undefined) return true;
    for (const [id, session] of before) this.#sessions.set(id, session);
    Object.assign(this.#counts, countsBefore);
    return false;
  }
}

function bytesOf(id: string, valueBytes: number): number {
  key.read(id);
  return bytesOfSession(wordsOfKind(key.kind), valueBytes);
}
