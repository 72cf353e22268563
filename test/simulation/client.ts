import type { JstpSession, ShardedSessionStorageProvider } from '../../src/index.js';
import { SessionStorageError } from '../../src/index.js';
import type { DeadlineLedger } from './deadline-ledger.js';
import type { Call, History } from './history.js';
import type { HostSessions } from './host-sessions.js';
import { type Trace, Violation } from './trace.js';

export interface ClientOptions {
  readonly provider: ShardedSessionStorageProvider;
  readonly trace: Trace;
  readonly history: History;
  readonly sessions: HostSessions;
  readonly deadlines: DeadlineLedger;
  readonly nowMs: () => number;
  readonly elapsedMs: () => number;
  readonly busyMs: () => number;
  readonly onViolation: (error: unknown) => void;
  /** Called when a call has ended, once all that came of it at that time is known. */
  readonly onSettled: (call: Call, value: unknown) => void;
}

/** Calls the provider as a host does, and writes down what was called and what came of it. */
export class Client {
  /** Called, watched, and not ended yet; oldest first. */
  readonly waiting = new Set<Call>();
  readonly #options: ClientOptions;
  #settled: { call: Call; value: unknown }[] = [];
  readonly #shares = new WeakMap<JstpSession, Call['share']>();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  set(id: string, ignored: boolean): void {
    const { provider, sessions, deadlines, nowMs } = this.#options;
    const { session, version } = sessions.next(id);
    const deadlineMs = deadlines.onCall('set', id, nowMs());
    const call = this.#begin('set', id, { version, ignored, deadlineMs });
    this.#watch(call, () => provider.set(id, session));
  }

  setInactive(id: string, ignored: boolean): void {
    const { provider, deadlines, nowMs } = this.#options;
    const deadlineMs = deadlines.onCall('setInactive', id, nowMs());
    const call = this.#begin('setInactive', id, { ignored, deadlineMs });
    this.#watch(call, () => provider.setInactive(id));
  }

  get(id: string, byCallback: boolean): void {
    const { provider, deadlines, nowMs } = this.#options;
    const deadlineMs = deadlines.onCall('get', id, nowMs());
    if (!byCallback) {
      this.#watch(this.#begin('get', id, { deadlineMs }), () => provider.get(id));
      return;
    }
    const call = this.#begin('get by callback', id, { deadlineMs });
    this.waiting.add(call);
    provider.get(id, (session) => this.#guard(() => this.#settle(call, session)));
  }

  delete(id: string): void {
    this.#watch(this.#begin('delete', id), () => this.#options.provider.delete(id));
  }

  /** An operation on all sessions, or a call that is refused. */
  call(kind: string, action: () => Promise<unknown>): Call {
    const call = this.#begin(kind, '');
    this.#watch(call, action);
    return call;
  }

  message(id: string): void {
    const { trace, sessions } = this.#options;
    if (sessions.buffer(id, trace.instant)) trace.note(`message for ${id}`);
  }

  /** A call by callback that is not answered, as its failure was reported instead. */
  giveUp(call: Call): void {
    this.waiting.delete(call);
    call.outcome = 'failed';
  }

  /** To be called when all promises have had their say: looks at what they said. */
  afterDrain(): void {
    const settled = this.#settled;
    this.#settled = [];
    for (const { call, value } of settled) this.#options.onSettled(call, value);
  }

  #begin(kind: string, id: string, details: Partial<Call> = {}): Call {
    const { version = 0, ignored = false, deadlineMs } = details;
    const { trace, history, elapsedMs, busyMs } = this.#options;
    const shown = version === 0 ? id : `${id} version ${version}`;
    const number = history.calls.length;
    const calledAt = trace.note(`call ${number}: ${kind} ${shown}`);
    const call: Call = {
      number,
      kind: kind === 'get by callback' ? 'get' : kind,
      id,
      calledAt,
      calledMs: elapsedMs(),
      busyMs: busyMs(),
      version,
      deadlineMs,
      ignored,
      byCallback: kind === 'get by callback',
      respondedAt: Number.POSITIVE_INFINITY,
      doneAt: Number.POSITIVE_INFINITY,
      outcome: 'waiting',
      code: undefined,
      result: 0,
      share: { calledAt },
    };
    history.calls.push(call);
    return call;
  }

  #watch(call: Call, action: () => Promise<unknown>): void {
    const promise = action();
    if (call.ignored) return;
    this.waiting.add(call);
    promise.then(
      (value) => this.#guard(() => this.#settle(call, value)),
      (error: unknown) => this.#guard(() => this.#fail(call, error)),
    );
  }

  /** What is thrown here must not end up with whom calls back. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#options.onViolation(error);
    }
  }

  #settle(call: Call, value: unknown): void {
    this.#end(call, 'done', this.#show(call, value));
    if (call.kind === 'get') this.#notePlace(call, value as JstpSession | undefined);
    if (call.kind === 'delete') call.result = value === true;
    this.#settled.push({ call, value });
  }

  #fail(call: Call, error: unknown): void {
    if (!(error instanceof SessionStorageError)) {
      throw new Violation(`${call.kind} ${call.id}: expected an error with a code, got ${error}`);
    }
    call.code = error.code;
    this.#end(call, 'failed', error.code);
    this.#settled.push({ call, value: undefined });
  }

  #end(call: Call, outcome: 'done' | 'failed', shown: string): void {
    const { trace } = this.#options;
    if (call.outcome !== 'waiting') {
      throw new Violation(`call ${call.number}: expected one answer, got ${shown} after another`);
    }
    this.waiting.delete(call);
    call.outcome = outcome;
    call.respondedAt = trace.note(`call ${call.number} ends: ${shown}`);
  }

  /** Gets that share an answer are answered as one, which began when the first was called. */
  #notePlace(call: Call, session: JstpSession | undefined): void {
    if (session === undefined) return;
    call.result = Number(session.get('version'));
    const share = this.#shares.get(session) ?? call.share;
    share.calledAt = Math.min(share.calledAt, call.calledAt);
    this.#shares.set(session, share);
    call.share = share;
  }

  #show(call: Call, value: unknown): string {
    if (call.kind === 'get' && value instanceof Map) {
      return `version ${value.get('version')}`;
    }
    return typeof value === 'object' ? 'an object' : String(value);
  }
}
