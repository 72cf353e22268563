import { Op } from '../../src/protocol.js';
import { type AppliedBatch, resultsOf } from './batch.js';
import {
  type Departure,
  LinearizabilitySearch,
  type Read,
  type RegisterHistory,
  type Write,
} from './linearizability.js';
import type { StoreOracle } from './store-oracle.js';
import { Violation } from './trace.js';

/** One call of the client, and how it ended. */
export interface Call {
  readonly number: number;
  readonly kind: string;
  readonly id: string;
  readonly calledAt: number;
  readonly calledMs: number;
  /** How long the process had been busy by then. */
  readonly busyMs: number;
  /** For a `set`. */
  readonly version: number;
  /** Until when the session is to live that it touches. */
  readonly deadlineMs: number | undefined;
  /** Nobody looks at how it ends. */
  readonly ignored: boolean;
  readonly byCallback: boolean;
  respondedAt: number;
  /** The instant by which its effect is certain to be there; infinite if it need not come. */
  doneAt: number;
  outcome: 'waiting' | 'done' | 'failed';
  code: string | undefined;
  /** Of a `get`: the version, or 0. Of a `delete`: whether there was one. */
  result: number | boolean;
  /** Of a `get`: when the first of those was called that share its answer. */
  share: { calledAt: number };
}

/** Failures that leave nothing behind. */
const WITHOUT_EFFECT = new Set([
  'ERR_OVERLOADED',
  'ERR_STORE_FULL',
  'ERR_POISONOUS_OPERATION',
  'ERR_INVALID_SESSION_ID',
]);

interface StoredDeparture extends Departure {
  readonly id: string;
}

/** All that the client has called, and what the workers lost. */
export class History {
  readonly calls: Call[] = [];
  readonly #departures: StoredDeparture[] = [];
  readonly #losses: { shard: number; instant: number }[] = [];
  // What workers have done and not said, and what successors are asked again.
  readonly #firstTries: (StoredDeparture & { readonly shard: number })[] = [];
  // Of workers whose successors find what they have written, and are asked again what they have not answered.
  readonly #ends: { shard: number; instant: number }[] = [];
  readonly #revertedShards = new Set<number>();
  readonly #shards: readonly number[];
  readonly #shardOf: (id: string) => number;
  readonly #versionOf: (id: string, value: string) => number;

  constructor(
    shards: number,
    shardOf: (id: string) => number,
    versionOf: (id: string, value: string) => number,
  ) {
    this.#shards = [...Array(shards).keys()];
    this.#shardOf = shardOf;
    this.#versionOf = versionOf;
  }

  /** The worker of a shard is gone, and all that was in it. */
  addLoss(shard: number, instant: number, departures: ReturnType<StoreOracle['departures']>): void {
    this.addDepartures(departures);
    this.#losses.push({ shard, instant });
  }

  /** The worker of a shard is gone, and nothing that was written. */
  addEnd(shard: number, instant: number, departures: ReturnType<StoreOracle['departures']>): void {
    this.addDepartures(departures);
    this.#ends.push({ shard, instant });
  }

  /** A worker wrote that and did not live to say so: its successor finds it, and is asked the same again. */
  addFirstTry(shard: number, batch: AppliedBatch, certain: boolean): void {
    const { instant, asked } = batch;
    const results = resultsOf(batch);
    for (const [i, { op, id, arguments: given }] of asked.entries()) {
      if (op === Op.CLEAR || (op === Op.DELETE && results[i] === 1)) {
        this.#firstTries.push({ shard, instant, id, certain, becomes: 0 });
      } else if ((op === Op.SET || op === Op.SET_INACTIVE_VALUE) && results[i] === 0) {
        const becomes = this.#versionOf(id, String(given[1]));
        this.#firstTries.push({ shard, instant, id, certain, becomes });
      }
    }
  }

  /** Sessions of a shard are as they were some time ago, as it has ended while its disk failed. */
  onReverted(shard: number): void {
    this.#revertedShards.add(shard);
  }

  /** The session is again as it was before; `undefined`: there is none. */
  addReversion(id: string, value: string | undefined, instant: number): void {
    const becomes = value === undefined ? 0 : this.#versionOf(id, value);
    this.#departures.push({ instant, id, certain: true, becomes });
  }

  addDepartures(departures: ReturnType<StoreOracle['departures']>): void {
    for (const { instant, id, value, certain } of departures) {
      this.#departures.push({ instant, id, certain, version: this.#versionOf(id, value) });
    }
  }

  /**
   * To be called when all shards have answered all that they were asked: what has timed out is done by
   * now, unless it could get lost on the way.
   */
  noteRest(instant: number, mayDrop: (shard: number) => boolean): void {
    for (const call of this.calls) {
      if (call.code !== 'ERR_TIMEOUT') continue;
      const shards = call.kind === 'clear' ? this.#shards : [this.#shardOf(call.id)];
      if (!shards.some(mayDrop)) call.doneAt = instant;
    }
  }

  /** The call that decides how long a session lives; `undefined` if that cannot be told. */
  lastTouch(id: string): Call | undefined {
    const touches = this.calls.filter(
      (call) => call.id === id && call.deadlineMs !== undefined && this.#hasEffect(call),
    );
    const last = touches.at(-1);
    if (last?.outcome !== 'done' || this.#revertedShards.has(this.#shardOf(id))) return undefined;
    // Gets that share an answer are one, which was called when the first was.
    if (last.kind === 'get' && last.share.calledAt !== last.calledAt) return undefined;
    // A `set` that takes the place of another comes before the gets that wait behind that.
    const waits = ({ kind, outcome, respondedAt }: Call) =>
      kind === 'get' && (outcome !== 'done' || respondedAt > last.calledAt);
    return last.kind === 'set' && touches.slice(0, -1).some(waits) ? undefined : last;
  }

  /** Throws for the first id of which something was seen that cannot be. */
  check(): void {
    for (const id of new Set(this.calls.map((call) => call.id))) {
      if (id === '') continue;
      const failure = new LinearizabilitySearch(this.#of(id)).explainFailure();
      if (failure !== undefined) throw new Violation(`session ${id}: ${failure}`);
    }
  }

  #of(id: string): RegisterHistory {
    const shard = this.#shardOf(id);
    const calls = this.calls.filter((call) => call.id === id || call.kind === 'clear');
    const losses = this.#losses.filter((loss) => loss.shard === shard);
    const tries = this.#firstTries.filter((one) => one.shard === shard);
    const departures = this.#departures.filter((departure) => departure.id === id);
    return {
      writes: calls.flatMap(writesOf),
      reads: calls.flatMap(readsOf).sort((one, other) => one.call - other.call),
      departures: [
        // Before what went in the same instant, which may be what they have stored.
        ...tries.filter((one) => one.id === id || one.id === ''),
        ...departures,
        ...losses.map(({ instant }) => ({ instant, certain: true })),
      ].sort((one, other) => one.instant - other.instant),
    };
  }

  #hasEffect(call: Call): boolean {
    const { kind, outcome, result } = call;
    if (kind === 'get' && outcome === 'done') return result !== 0;
    return !isWithoutEffect(call) || this.#isAskedAgain(call);
  }

  /** A worker may have done it and not said so; what its successor says is of doing it once more. */
  #isAskedAgain({ id, calledAt, respondedAt }: Call): boolean {
    const shard = this.#shardOf(id);
    const isWithin = (instant: number) => instant > calledAt && instant < respondedAt;
    return this.#ends.some((end) => end.shard === shard && isWithin(end.instant));
  }
}

function writesOf(call: Call): Write[] {
  const { kind, calledAt, version, outcome, result, doneAt } = call;
  if (kind !== 'set' && kind !== 'delete' && kind !== 'clear') return [];
  const done = outcome === 'done';
  // A clear that failed on one shard may have been done on another.
  if (!done && kind !== 'clear' && isWithoutEffect(call)) return [];
  const write = {
    call: calledAt,
    response: done ? call.respondedAt : doneAt,
    version,
    optional: !done && doneAt === Number.POSITIVE_INFINITY,
  };
  return [kind === 'delete' && done ? { ...write, existed: result === true } : write];
}

function isWithoutEffect({ code, ignored }: Call): boolean {
  return !ignored && WITHOUT_EFFECT.has(code ?? '');
}

function readsOf({ kind, outcome, share, calledAt, respondedAt, result }: Call): Read[] {
  if (kind !== 'get' || outcome !== 'done') return [];
  const window = { call: share.calledAt, response: respondedAt };
  return [{ ...window, version: Number(result), seesWritesBefore: calledAt }];
}
