import type { Notice } from '../../src/notice.js';
import type { Batch, Reply } from '../../src/protocol.js';
import type { JournalStore, JournalStoreOptions } from '../../src/shard/journal-store.js';
import type { MemoryStoreOptions } from '../../src/shard/memory-store.js';
import type { SessionStore, StoreLimits } from '../../src/shard/session-store.js';
import type { Agenda, SimulatedThread } from './agenda.js';
import type { ByteCosts } from './byte-costs.js';
import type { ShardJournals } from './shard-journals.js';
import type { Trace } from './trace.js';
import type { WorkerLedger } from './worker-ledger.js';

/** How the start of a worker goes. */
export interface StartPlan {
  readonly delayMs: number;
  readonly end: 'ready' | 'dies' | 'never';
}

/** A bug that is planted between the facade and the real shard, to see whether it is found. */
export interface Sabotage {
  readonly createStore?: (options: MemoryStoreOptions) => SessionStore;
  /** The same in place of a journal. */
  readonly createJournal?: (options: JournalStoreOptions) => JournalStore;
  /** Gets a worker's message in place of the facade, and passes on what it likes. */
  readonly tell?: (message: Reply | Notice, pass: (message: Reply | Notice) => void) => void;
  /** Gets a batch in place of the shard; `replayed`: of those to a worker that took another's place. */
  readonly ask?: (batch: Batch, replayed: boolean, pass: (batch: Batch) => void) => void;
}

export interface WorkerOptions {
  readonly agenda: Agenda;
  readonly trace: Trace;
  readonly facade: SimulatedThread;
  readonly ledger: WorkerLedger;
  readonly shards: number;
  readonly purgeIntervalMs: number;
  readonly limits: StoreLimits;
  readonly costs: ByteCosts;
  readonly poisonousId: string | undefined;
  readonly createStore: (options: MemoryStoreOptions) => SessionStore;
  /** `undefined`: sessions are in memory alone. */
  readonly journals: ShardJournals | undefined;
  readonly sabotage: Sabotage;
  /** How long the next message takes, in either direction. */
  readonly delayMs: () => number;
  readonly stopDelayMs: () => number;
  /** How long the disk takes for the next thing that nobody waits for. */
  readonly diskDelayMs: () => number;
  /** How many of so many bytes are written if it ends while it writes. */
  readonly tornBytes: (length: number) => number;
}
