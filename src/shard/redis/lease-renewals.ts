import type { Clock } from '../../clock.js';
import { HEAD_BYTES } from '../../session-stamp.js';
import { RedisBatch } from './redis-batch.js';
import { Request } from './request.js';
import type { RequestRunner } from './request-runner.js';
import { ScriptOp } from './script.js';
import type { ScriptCalls } from './script-calls.js';
import { keyOf } from './session-key.js';

/**
 * Sessions whose leases are to be renewed; each takes some 300 bytes. Above that the oldest ones are left out, and
 * live as long as they had left.
 */
const RENEWALS_MAX = 16_384;
const RENEWALS_PER_CALL = 256;

/** A session that was given to a server of JSTP, and whose lifetime could not be set to that of an active one. */
interface Renewal {
  readonly id: string;
  /** Of the value that was given. Another value has a lifetime of its own. */
  readonly head: string;
  /** Unix ms at which the lease ends. */
  readonly deadline: number;
}

interface RenewalCall {
  readonly group: string;
  readonly renewals: Renewal[];
}

export interface LeaseRenewalsOptions {
  readonly prefix: string;
  readonly script: ScriptCalls;
  readonly clock: Clock;
  readonly runner: Pick<RequestRunner, 'attempt' | 'insist'>;
  /** Operations on the id wait, and come before its renewal. */
  readonly isBusy: (id: string) => boolean;
}

/** Renews the leases of sessions that were read while the server took no writes, once it takes them again. */
export class LeaseRenewals {
  readonly #options: LeaseRenewalsOptions;
  // By id, the oldest first.
  readonly #renewals = new Map<string, Renewal>();
  #isRunning = false;

  constructor(options: LeaseRenewalsOptions) {
    this.#options = options;
  }

  add(id: string, value: string, deadline: number): void {
    this.#renewals.delete(id);
    const [oldest] = this.#renewals.keys();
    if (oldest !== undefined && this.#renewals.size >= RENEWALS_MAX) this.#renewals.delete(oldest);
    this.#renewals.set(id, { id, head: value.slice(0, HEAD_BYTES), deadline });
    if (this.#isRunning) return;
    this.#isRunning = true;
    // The first attempt was the get.
    void this.#options.runner.insist(() => this.#renewAll(), { hasFailed: true });
  }

  /** Another operation on the id decides how long the session lives. */
  cancel(id: string): void {
    this.#renewals.delete(id);
  }

  /** True if nothing is left to be renewed. */
  async #renewAll(): Promise<boolean> {
    const refusing = new Set<string>();
    for (const { group, renewals } of this.#takeCalls()) {
      if (refusing.has(group)) continue;
      const isDone = await this.#options.runner.attempt(this.#requestOf(renewals));
      if (!isDone) refusing.add(group);
      if (!isDone) continue;
      for (const renewal of renewals) {
        if (this.#renewals.get(renewal.id) === renewal) this.#renewals.delete(renewal.id);
      }
    }
    this.#isRunning = this.#renewals.size > 0;
    return !this.#isRunning;
  }

  /** Those that may be asked for now, in calls of one group of keys. */
  *#takeCalls(): Generator<RenewalCall> {
    const { prefix, script, clock, isBusy } = this.#options;
    const open = new Map<string, RenewalCall>();
    for (const renewal of [...this.#renewals.values()]) {
      const { id, deadline } = renewal;
      if (deadline <= clock.now()) this.#renewals.delete(id);
      if (deadline <= clock.now() || isBusy(id)) continue;
      const group = script.groupOf(keyOf(prefix, id));
      const call = open.get(group) ?? { group, renewals: [] };
      open.set(group, call);
      if (call.renewals.push(renewal) < RENEWALS_PER_CALL) continue;
      open.delete(group);
      yield call;
    }
    yield* open.values();
  }

  #requestOf(renewals: readonly Renewal[]): Request {
    // Nobody waits for it.
    const request = new Request(new RedisBatch(0));
    for (const renewal of renewals) {
      const { id, head, deadline } = renewal;
      // It may have been cancelled while another call was made.
      if (this.#renewals.get(id) !== renewal) continue;
      request.add(id, keyOf(this.#options.prefix, id), ScriptOp.RENEW, deadline, head, '');
    }
    return request;
  }
}
