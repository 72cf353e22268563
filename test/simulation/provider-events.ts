import type { ShardedSessionStorageProvider } from '../../src/index.js';
import type { HostSessions } from './host-sessions.js';
import type { Trace } from './trace.js';
import { expectEqual } from './verdict.js';
import type { WorkerLedger } from './worker-ledger.js';

/** Failures after which messages that were buffered may be missing, and which say so. */
const MESSAGES_REFUSED = new Set([
  'ERR_OVERLOADED',
  'ERR_STORE_FULL',
  'ERR_SHARD_UNAVAILABLE',
  'ERR_POISONOUS_OPERATION',
  'ERR_CLOSED',
]);

/** Hears the provider's events, which must tell what has happened, no more and no less. */
export class ProviderEventLog {
  readonly #ledger: WorkerLedger;
  readonly #trace: Trace;
  readonly #sessions: HostSessions;
  readonly #limited: boolean;
  readonly #counts = new Map<string, number>();
  readonly #downs: { shard: number; sessions: number }[] = [];
  /** Shards of which the latest that was told is that their disk fails. */
  readonly failedDisks = new Set<number>();
  /** Codes that were reported. */
  readonly codes = new Set<string>();
  #latestErrorMs = -1;

  constructor(
    provider: ShardedSessionStorageProvider,
    ledger: WorkerLedger,
    trace: Trace,
    sessions: HostSessions,
    limited: boolean,
  ) {
    this.#ledger = ledger;
    this.#limited = limited;
    this.#trace = trace;
    this.#sessions = sessions;
    provider.on('error', ({ code }) => this.#onError(code));
    provider.on('shardUp', ({ shard }) => this.#count(`up ${shard}`, 1));
    provider.on('shardDown', (event) => {
      this.#trace.note(`shard ${event.shard} is down with ${event.sessions} sessions`);
      this.#ledger.changed = true;
      this.#downs.push(event);
    });
    provider.on('degraded', ({ shard }) => this.#onDisk(shard, true));
    provider.on('recovered', ({ shard }) => this.#onDisk(shard, false));
    provider.on('expired', ({ shard, count }) => this.#count(`expired ${shard}`, count));
    provider.on('evicted', ({ shard, count, reason }) => this.#count(`${reason} ${shard}`, count));
  }

  /** Whether a failure was reported since then. One that several calls share is reported once. */
  hasErrorSince(elapsedMs: number): boolean {
    return this.#latestErrorMs >= elapsedMs;
  }

  /** Looks only when there is something new. */
  check(): void {
    if (!this.#ledger.changed) return;
    this.#ledger.changed = false;
    for (const [shard, record] of this.#ledger.shards.entries()) {
      const counts = this.#ledger.countsToldOf(shard);
      this.#expect(`expired ${shard}`, counts.expired);
      this.#expect(`maxSessions ${shard}`, counts.evictedForSessions);
      this.#expect(`maxBytes ${shard}`, counts.evictedForBytes);
      this.#expect(`up ${shard}`, record.starts);
      if (this.#ledger.closing) continue;
      const downs = this.#downs.filter((down) => down.shard === shard);
      const told = downs.map(({ sessions }) => sessions).join();
      const expected = record.downs.map(({ sessions }) => sessions).join();
      expectEqual(`sessions in 'shardDown' of shard ${shard}`, told, expected);
    }
  }

  #expect(name: string, expected: number): void {
    expectEqual(`event ${name}`, this.#counts.get(name) ?? 0, expected);
  }

  #count(name: string, count: number): void {
    this.#trace.note(`event ${name}: ${count}`);
    this.#ledger.changed = true;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  /** By turns, whatever becomes of the workers that say so. */
  #onDisk(shard: number, fails: boolean): void {
    this.#trace.note(`event disk of shard ${shard} fails: ${fails}`);
    if (fails === this.failedDisks.has(shard)) {
      this.#ledger.fail(`expected 'degraded' and 'recovered' of shard ${shard} by turns`);
    }
    if (fails) this.failedDisks.add(shard);
    else this.failedDisks.delete(shard);
  }

  #onError(code: string): void {
    this.#trace.note(`event error: ${code}`);
    this.codes.add(code);
    this.#latestErrorMs = this.#trace.elapsedMs;
    // A full store may refuse it after its time, and nobody is told any more.
    const mayBeRefused = code === 'ERR_TIMEOUT' && this.#limited;
    if (mayBeRefused || MESSAGES_REFUSED.has(code)) this.#sessions.onMessagesRefused();
  }
}
