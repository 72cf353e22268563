import type { RunningShard, ShardListener } from '../../src/facade/shard-port.js';
import type { Notice } from '../../src/notice.js';
import type { Batch, Reply } from '../../src/protocol.js';
import { Shard } from '../../src/shard/shard.js';
import type { ShardCounts } from '../../src/shard-counts.js';
import { SimulatedThread } from './agenda.js';
import { bytesOf, operationsOf } from './batch.js';
import { Mailbox } from './mailbox.js';
import { ReplyCheck } from './reply-check.js';
import type { StoreOracle } from './store-oracle.js';
import type { StartPlan, WorkerOptions } from './worker-options.js';
import { WorkerStore } from './worker-store.js';

/** However short the time for a request is, less may be a pause. */
const HUNG_MS_MIN = 1_000;

/** Thrown where a worker ends in the middle of what it is doing. */
class WorkerEnd extends Error {}

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
  /** It has told the facade that its disk fails. */
  isDegraded = false;
  /** What the facade has been told of the store. */
  delivered: ShardCounts | undefined;
  readonly #options: WorkerOptions;
  readonly #listener: ShardListener;
  readonly #thread: SimulatedThread;
  readonly #toWorker: Mailbox;
  readonly #toFacade: Mailbox;
  #served: Shard | undefined;
  readonly #store: WorkerStore;
  readonly #replies = new ReplyCheck();
  // Batches that were posted and whose reply was not heard.
  readonly #unanswered: { operations: number; bytes: number }[] = [];
  // When it was last heard of while it had something to answer.
  #heardMs = 0;
  #endAfterOperations = Number.POSITIVE_INFINITY;
  #endBeforeReply = false;
  #applied = false;

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
    this.#store = new WorkerStore(options, shard, this.#thread, {
      beforeEach: (id) => this.#beforeEach(id),
      tell: (notice) => this.#tell(notice),
      onEndInDisk: (call) => this.kill(0, `in ${call} of its disk`),
    });
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
    return this.#thread.ended ? undefined : this.#store.oracle?.lifeOf(id);
  }

  /** What its store holds, as long as it runs. */
  get counts(): ShardCounts | undefined {
    return this.#thread.ended ? undefined : this.#store.oracle?.counts();
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
      this.#onTold();
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

  /** It ends in the call of its disk so many from now. */
  killInDiskAfter(calls: number): void {
    this.#store.endAfterDiskCalls(calls);
  }

  compact(): void {
    this.#store.compact();
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
    if (!this.#thread.ended) this.#served?.stop();
    if (!this.#thread.ended || this.hung) this.#end();
    this.#toFacade.close();
    if (!wasTold) this.#onTold();
    await new Promise<void>((resolve) => {
      facade.after(stopDelayMs(), resolve);
    });
    ledger.onGone(this);
  }

  #boot(): void {
    const { shards } = this.#options;
    const oracle = this.#store.open();
    if (this.#thread.ended) return;
    if (oracle === undefined) {
      this.kill(0, 'as its disk fails');
      return;
    }
    const post = (message: Reply | Notice) => this.#tell(message);
    this.#served = new Shard({
      shards,
      store: oracle,
      clock: this.#thread,
      // A reply in parts is not known here; see `provider-order.test.ts`.
      replyBytesMax: Number.POSITIVE_INFINITY,
      post,
    });
    this.#served.start();
  }

  #beforeEach(id: string): void {
    if (this.#endAfterOperations-- <= 0) throw new WorkerEnd('as planned');
    if (id === this.#options.poisonousId) throw new WorkerEnd('the operation is poisonous');
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
    const replayed = !this.#applied && ledger.record(this.shard).ends > 0;
    this.#toWorker.send(() => {
      const pass = (passed: Batch) => this.#receive(passed);
      if (sabotage.ask === undefined) pass(message);
      else sabotage.ask(message, replayed, pass);
    });
  }

  #receive(batch: Batch): void {
    const oracle = this.#store.oracle;
    if (oracle === undefined) return;
    this.#applied = true;
    const instant = this.#note(`applies ${batch[0]}`);
    oracle.batch = { instant, asked: operationsOf(batch), answers: [], safe: true };
    this.#replies.onApply(oracle.batch);
    try {
      this.#served?.receive(batch);
    } catch (error) {
      if (!(error instanceof WorkerEnd)) throw error;
      this.#replies.onEndInBatch();
      this.kill(0, `in batch ${batch[0]}: ${error.message}`);
    }
  }

  #tell(message: Reply | Notice): void {
    if (this.#thread.ended) return;
    if (Array.isArray(message)) {
      this.#replies.onReply(message);
      if (this.#endBeforeReply) {
        this.kill(0, 'before its reply');
        return;
      }
    }
    const { sabotage } = this.#options;
    const pass = (passed: Reply | Notice) => this.#toFacade.send(() => this.#deliver(passed));
    if (sabotage.tell === undefined) pass(message);
    else sabotage.tell(message, pass);
  }

  #deliver(message: Reply | Notice): void {
    const { agenda, ledger } = this.#options;
    if (Array.isArray(message)) {
      this.#note(`answers ${message[0]}`);
      this.#unanswered.shift();
      this.#replies.onHeard();
      this.#heardMs = agenda.elapsedMs;
      this.delivered = ledger.countsOf(message);
    } else if (message.kind === 'ready') {
      this.#note('is ready');
      this.ready = true;
      this.#store.onServed();
      ledger.onReady(this);
    } else if (message.kind === 'counts') {
      this.#note('tells its counts');
      this.delivered = message.counts;
      ledger.changed = true;
    } else {
      this.#note(`is ${message.kind}`);
      ledger.onNotice(this, message);
      if (message.kind === 'busy') this.#heardMs = agenda.elapsedMs;
      else this.isDegraded = message.kind === 'degraded';
    }
    this.#listener.onMessage(message);
  }

  #onTold(): void {
    this.#options.ledger.onEnd(this);
    this.#store.onUnheard(this.#replies.unheard);
  }

  #end(): void {
    this.hung = false;
    // Now, as in the middle of what it does: it does not get to close anything.
    this.#thread.end();
    this.#toWorker.close();
    this.#store.onEnd(this);
  }

  get #name(): string {
    return `${this.shard}.${this.number}`;
  }

  #note(event: string): number {
    return this.#options.trace.note(`worker ${this.#name} ${event}`);
  }
}
