import type { RunningShard, ShardListener } from '../../src/facade/shard-port.js';
import type { Notice } from '../../src/notice.js';
import { type Batch, type Reply, resultAt } from '../../src/protocol.js';
import type { MemoryStoreOptions } from '../../src/shard/memory-store.js';
import type { SessionStore, StoreLimits } from '../../src/shard/session-store.js';
import { Shard } from '../../src/shard/shard.js';
import type { ShardCounts } from '../../src/shard-counts.js';
import { type Agenda, SimulatedThread } from './agenda.js';
import { type AskedOperation, bytesOf, operationsOf, resultsOf } from './batch.js';
import type { ByteCosts } from './byte-costs.js';
import { Mailbox } from './mailbox.js';
import { NaiveStore } from './naive-store.js';
import { StoreOracle } from './store-oracle.js';
import { type Trace, Violation } from './trace.js';
import type { WorkerLedger } from './worker-ledger.js';

/** However short the time for a request is, less may be a pause. */
const HUNG_MS_MIN = 1_000;

/** Thrown where a worker ends in the middle of what it is doing. */
class WorkerEnd extends Error {}

/** How the start of a worker goes. */
export interface StartPlan {
  readonly delayMs: number;
  readonly end: 'ready' | 'dies' | 'never';
}

/** A bug that is planted between the facade and the real shard, to see whether it is found. */
export interface Sabotage {
  readonly createStore?: (options: MemoryStoreOptions) => SessionStore;
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
  readonly sabotage: Sabotage;
  /** How long the next message takes, in either direction. */
  readonly delayMs: () => number;
  readonly stopDelayMs: () => number;
}

/** The real shard on a thread that can be ended, held up and cut off at any point. */
export class SimulatedWorker implements RunningShard {
  readonly port = { post: (batch: Batch) => this.#post(batch) };
  readonly shard: number;
  readonly number: number;
  /** It has told the facade that it serves. */
  ready = false;
  hung = false;
  /** The facade knows that it has ended, or has ended it. */
  told = false;
  /** The facade ends it. */
  stopping = false;
  /** What the facade has been told of the store. */
  delivered: ShardCounts | undefined;
  readonly #options: WorkerOptions;
  readonly #listener: ShardListener;
  readonly #thread: SimulatedThread;
  readonly #toWorker: Mailbox;
  readonly #toFacade: Mailbox;
  #served: Shard | undefined;
  #oracle: StoreOracle | undefined;
  // Batches that were posted and whose reply was not heard.
  readonly #unanswered: { operations: number; bytes: number }[] = [];
  #asked: AskedOperation[] | undefined;
  // When it was last heard of while it had something to answer.
  #heardMs = 0;
  #endAfterOperations = Number.POSITIVE_INFINITY;
  #endBeforeReply = false;

  constructor(
    options: WorkerOptions,
    shard: number,
    number: number,
    listener: ShardListener,
    plan: StartPlan,
  ) {
    const { agenda, facade, delayMs } = options;
    this.#options = options;
    this.shard = shard;
    this.number = number;
    this.#listener = listener;
    this.#thread = new SimulatedThread(agenda);
    this.#toWorker = new Mailbox({ agenda, reader: this.#thread, delayMs });
    this.#toFacade = new Mailbox({ agenda, reader: facade, delayMs });
    if (plan.end === 'ready') this.#thread.after(plan.delayMs, () => this.#boot());
    if (plan.end === 'dies') this.#thread.after(plan.delayMs, () => this.kill(0, 'at its start'));
  }

  get alive(): boolean {
    return !this.#thread.ended && !this.hung;
  }

  /** What is known of a session in it. */
  lifeOf(id: string): ReturnType<StoreOracle['lifeOf']> {
    return this.#thread.ended ? undefined : this.#oracle?.lifeOf(id);
  }

  /** What its store holds, as long as it runs. */
  get counts(): ShardCounts | undefined {
    return this.#thread.ended ? undefined : this.#oracle?.counts();
  }

  /** Messages that it has sent and the facade has not heard. */
  get repliesOnTheirWay(): number {
    return this.#toFacade.length;
  }

  /** Ends it as a crash does; its last messages may get lost. */
  kill(lostReplies: number, when: string): void {
    if (this.#thread.ended && !this.hung) return;
    this.#note(`is killed ${when}, losing ${lostReplies} replies`);
    this.#end();
    this.#toFacade.lose(Math.min(lostReplies, this.#toFacade.length));
    this.#toFacade.send(() => {
      this.told = true;
      this.#note('is known to be down');
      this.#options.ledger.onEnd(this);
      this.#listener.onDown(`worker ${this.number} was killed`);
    });
  }

  /** It ends before the operation so many from now. */
  killAfter(operations: number): void {
    this.#endAfterOperations = operations;
  }

  /** It ends when it has applied the next batch, and does not say so. */
  killBeforeReply(): void {
    this.#endBeforeReply = true;
  }

  /** From now on it does nothing at all, and does not end either. */
  hang(): void {
    this.#note('hangs');
    this.hung = true;
    this.#thread.end();
  }

  async stop(): Promise<void> {
    const { ledger, facade, stopDelayMs } = this.#options;
    this.#note('is stopped');
    const idle = this.#toFacade.length === 0 && this.#toWorker.length === 0;
    const silentMs = this.#options.agenda.elapsedMs - this.#heardMs;
    if (this.ready && this.alive && idle) ledger.onStopped(this, 'it had answered all');
    if (this.ready && silentMs < HUNG_MS_MIN) ledger.onStopped(this, 'it was heard of just now');
    const wasTold = this.told;
    this.told = true;
    this.stopping = true;
    if (!this.#thread.ended || this.hung) this.#end();
    this.#toFacade.close();
    if (!wasTold) ledger.onEnd(this);
    await new Promise<void>((resolve) => {
      facade.after(stopDelayMs(), resolve);
    });
    ledger.onGone(this);
  }

  #boot(): void {
    const { shards, purgeIntervalMs, limits, trace } = this.#options;
    const { costs, poisonousId, sabotage } = this.#options;
    const clock = this.#thread;
    const create = sabotage.createStore ?? this.#options.createStore;
    const store = create({ shard: this.shard, shards, purgeIntervalMs, clock, limits });
    const startMs = clock.now();
    const instant = () => trace.instant;
    const naive = new NaiveStore({ limits, costs, purgeIntervalMs, startMs, instant });
    const beforeEach = (id: string) => {
      this.#countDown();
      if (id === poisonousId) throw new WorkerEnd('the operation is poisonous');
    };
    this.#oracle = new StoreOracle({ store, naive, clock, beforeEach });
    const post = (message: Reply | Notice) => this.#tell(message);
    this.#served = new Shard({ shards, store: this.#oracle, clock, post });
    this.#served.start();
  }

  #post(batch: Batch): void {
    const { agenda, ledger, sabotage } = this.#options;
    if (!this.ready) ledger.fail(`${this.#name}: expected nothing posted before ready`);
    if (this.told) ledger.fail(`${this.#name}: expected nothing posted after its end`);
    // What crosses a port is copied.
    const message = [...batch];
    const operations = operationsOf(message);
    this.#note(`is asked ${message[0]}: ${operations.map(({ name, id }) => `${name} ${id}`)}`);
    if (this.#unanswered.length === 0) this.#heardMs = agenda.elapsedMs;
    this.#unanswered.push({ operations: operations.length, bytes: bytesOf(message) });
    ledger.onPosted(this, operations, this.#unanswered);
    if (this.#thread.ended) return;
    const replayed = !this.#asked && ledger.record(this.shard).ends > 0;
    this.#toWorker.send(() => {
      const pass = (passed: Batch) => this.#receive(passed);
      if (sabotage.ask === undefined) pass(message);
      else sabotage.ask(message, replayed, pass);
    });
  }

  #receive(batch: Batch): void {
    const { trace } = this.#options;
    this.#asked = operationsOf(batch);
    trace.note(`worker ${this.#name} applies ${batch[0]}`);
    if (this.#oracle !== undefined) this.#oracle.answers = [];
    try {
      this.#served?.receive(batch);
    } catch (error) {
      if (!(error instanceof WorkerEnd)) throw error;
      this.kill(0, `in batch ${batch[0]}: ${error.message}`);
    }
  }

  #countDown(): void {
    if (this.#endAfterOperations-- > 0) return;
    throw new WorkerEnd('as planned');
  }

  #tell(message: Reply | Notice): void {
    if (Array.isArray(message)) {
      this.#checkReply(message);
      if (this.#endBeforeReply) throw new WorkerEnd('with its reply lost');
    }
    const { sabotage } = this.#options;
    const pass = (passed: Reply | Notice) => this.#toFacade.send(() => this.#deliver(passed));
    if (sabotage.tell === undefined) pass(message);
    else sabotage.tell(message, pass);
  }

  #checkReply(reply: Reply): void {
    const oracle = this.#oracle;
    if (oracle === undefined || this.#asked === undefined) return;
    const expected = resultsOf(this.#asked, oracle.answers);
    const results = reply.slice(resultAt(0));
    const same = expected.every((result, i) => result === undefined || result === results[i]);
    if (same && results.length === expected.length) return;
    throw new Violation(`reply ${reply[0]}: expected ${expected}, got ${results}`);
  }

  #deliver(message: Reply | Notice): void {
    const { agenda, ledger } = this.#options;
    if (Array.isArray(message)) {
      this.#note(`answers ${message[0]}`);
      this.#unanswered.shift();
      this.#heardMs = agenda.elapsedMs;
      this.delivered = ledger.countsOf(message);
    } else if (message.kind === 'ready') {
      this.#note('is ready');
      this.ready = true;
      ledger.onReady(this);
    } else if (message.kind === 'counts') {
      this.#note('tells its counts');
      this.delivered = message.counts;
      ledger.changed = true;
    }
    this.#listener.onMessage(message);
  }

  #end(): void {
    const { ledger } = this.#options;
    ledger.onSessionsLost(this, this.#oracle?.departures() ?? []);
    this.hung = false;
    this.#served?.stop();
    this.#thread.end();
    this.#toWorker.close();
  }

  get #name(): string {
    return `${this.shard}.${this.number}`;
  }

  #note(event: string): number {
    return this.#options.trace.note(`worker ${this.#name} ${event}`);
  }
}
