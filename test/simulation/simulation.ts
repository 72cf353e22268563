import type { ProviderStats } from '../../src/provider-stats.js';
import { EventLoop } from './event-loop.js';
import { Faults } from './faults.js';
import type { Call } from './history.js';
import { type Action, drawProfile, type Profile } from './profile.js';
import { Random } from './random.js';
import { checkCountsTold, checkDisksTold, checkLives, heldBy, mayDrop } from './rest.js';
import { Violation } from './trace.js';
import { expectEqual } from './verdict.js';
import { createWorld, type PlantedBug, type World } from './world.js';

/** By then every shard must serve again: the longest back-off, start and hang, and more. */
const RECOVERY_MS_MAX = 300_000;

/** What a simulation without a violation comes to. */
export interface Summary {
  readonly operations: number;
  readonly faults: number;
  readonly traceHash: string;
}

/** One run of the whole store, in which a seed decides everything that happens. */
export class Simulation {
  readonly profile: Profile;
  step = 0;
  readonly #random: Random;
  readonly #world: World;
  readonly #loop: EventLoop;
  readonly #faults: Faults;
  // What was found where it could not be thrown.
  readonly #found: unknown[] = [];

  constructor(seed: number, bug: PlantedBug = {}) {
    this.#random = new Random(seed);
    this.profile = drawProfile(this.#random);
    this.#world = createWorld({
      profile: this.profile,
      random: this.#random,
      bug,
      onViolation: (error) => this.#found.push(error),
      onSettled: (call, value) => this.#onSettled(call, value),
    });
    this.#loop = new EventLoop({
      ...this.#world,
      workersPromise: this.profile.fsync !== undefined,
      waitMs: Math.ceil(this.profile.requestTimeoutMs / 100),
      onSettled: () => this.#look(),
      onPassed: () => this.#checkWaiting(),
    });
    this.#faults = new Faults(this.#world, this.profile, this.#random.fork());
  }

  /** Something went wrong where nobody could catch it. */
  onUncaught(error: unknown): void {
    this.#found.push(error);
  }

  tail(lines: number): string[] {
    return this.#world.trace.tail(lines);
  }

  async run(): Promise<Summary> {
    const { client, provider, history, trace, ledger } = this.#world;
    client.call('ready', () => provider.ready);
    for (this.step = 1; this.step <= this.profile.steps; this.step++) await this.#takeStep();
    this.#world.workers.heal();
    if (!ledger.closing) await this.#recover();
    if (!ledger.closing) await this.#checkRest();
    await this.#checkClose();
    history.check();
    const operations = Math.max(history.calls.length, ledger.operationsPosted);
    return { operations, faults: this.#faults.count, traceHash: trace.hash };
  }

  async #takeStep(): Promise<void> {
    if (this.step === this.profile.closeStep) this.#close();
    if (this.#random.chance(this.profile.faultChance)) await this.#injectFault();
    const { requestTimeoutMs } = this.profile;
    const kind = this.#random.weighted({ act: 5, run: 4, pass: 2, passLong: 0.5 });
    if (kind === 'act') this.#act();
    await this.#loop.drain();
    if (kind === 'run') await this.#loop.run(this.#random.between(1, 8));
    if (kind === 'pass') await this.#loop.pass(this.#random.between(1, 40));
    if (kind === 'passLong') await this.#loop.pass(this.#random.below(requestTimeoutMs * 1.5));
  }

  async #injectFault(): Promise<void> {
    const fault = this.#faults.draw();
    // A turn of the event loop must not begin before the process is busy and end after it.
    if (fault === 'busy') await this.#loop.runDue();
    this.#faults.inject(fault);
  }

  /** Some calls in one turn. */
  #act(): void {
    const count = this.#random.between(1, 4);
    for (let i = 0; i < count; i++) {
      this.#call(this.#random.weighted(this.profile.actions), this.#random.pick(this.profile.ids));
    }
  }

  #call(action: Action, id: string): void {
    const { client, provider, workers } = this.#world;
    const ignored = this.#random.chance(0.05);
    switch (action) {
      case 'set':
        client.set(id, ignored);
        break;
      case 'setClosing':
        // What the host does when a connection closes.
        client.set(id, ignored);
        client.setInactive(id, ignored);
        break;
      case 'setInactive':
        client.setInactive(id, ignored);
        break;
      case 'get':
      case 'getByCallback':
        client.get(id, action === 'getByCallback');
        break;
      case 'delete':
        client.delete(id);
        break;
      case 'message':
        client.message(id);
        break;
      case 'compact':
        workers.pick()?.compact();
        break;
      case 'invalid':
        client.call('invalid', () => provider.setInactive(''));
        break;
      default:
        client.call(action, () => provider[action]());
    }
  }

  #close(): void {
    const { client, provider, ledger } = this.#world;
    ledger.closing = true;
    const closing = provider.close();
    client.call('close', () => closing);
    if (provider.close() !== closing) throw new Violation('close: expected the same promise again');
  }

  /** Nothing goes wrong any more: all shards must come to serve again, and all calls to their end. */
  async #recover(): Promise<void> {
    const { agenda, client, provider, ledger } = this.#world;
    const endMs = agenda.elapsedMs + RECOVERY_MS_MAX;
    const allReady = () =>
      ledger.shards.every(
        ({ worker, diskFails }) =>
          worker?.ready && worker.alive && !diskFails && !worker.isDegraded,
      );
    for (;;) {
      const flush = client.call('flush', () => provider.flush());
      await this.#loop.passUntil(() => flush.outcome !== 'waiting');
      if (flush.outcome === 'done' && allReady()) break;
      if (agenda.elapsedMs > endMs) throw new Violation('expected all shards to serve again');
      await this.#loop.pass(1_000);
    }
    await this.#loop.passUntil(() => client.waiting.size === 0);
    const { history, trace } = this.#world;
    history.noteRest(trace.instant, (shard) => mayDrop(shard, this.#world, this.profile));
  }

  /** All is quiet: what is counted is what there is, and in the end there is nothing. */
  async #checkRest(): Promise<void> {
    const { client, provider, facade } = this.#world;
    const { activeSessionLifetimeMs, inactiveSessionLifetimeMs, purgeIntervalMs } = this.profile;
    await this.#finishNow(client.call('stats', () => provider.stats()));
    const size = await this.#finishNow(client.call('size', () => provider.size()));
    checkCountsTold(this.#world);
    checkDisksTold(this.#world);
    expectEqual('size at rest', size.result, heldBy(this.#world.workers).sessions);
    checkLives(this.#world, this.profile.ids);
    for (const id of this.profile.ids) {
      if (id !== this.profile.poisonousId) client.get(id, false);
    }
    await this.#loop.runDue();
    expectEqual('holds at rest', facade.holds, 0);
    const lifetimeMs = Math.max(activeSessionLifetimeMs, inactiveSessionLifetimeMs);
    await this.#outlive(lifetimeMs);
    await this.#loop.pass(2 * purgeIntervalMs);
    // Nobody asks: the shards must say by themselves what they have freed.
    await this.#loop.runDue();
    checkCountsTold(this.#world);
    await this.#finishNow(client.call('stats', () => provider.stats()));
    const end = await this.#finishNow(client.call('size', () => provider.size()));
    expectEqual('size after all lifetimes', end.result, 0);
    expectEqual('bytes after all lifetimes', heldBy(this.#world.workers).bytes, 0);
  }

  async #outlive(lifetimeMs: number): Promise<void> {
    // Clocks that went back may have to come forward again.
    const { agenda } = this.#world;
    const jumps = this.profile.faults.jump > 0;
    if (jumps || this.#random.chance(0.8)) agenda.jump(lifetimeMs + (jumps ? 3_000_000 : 0));
    else await this.#loop.pass(lifetimeMs);
  }

  async #checkClose(): Promise<void> {
    const { client, provider, ledger, facade, agenda } = this.#world;
    if (!ledger.closing) this.#close();
    const isClosing = () => [...client.waiting].some(({ kind }) => kind === 'close');
    await this.#loop.passUntil(() => !isClosing());
    ledger.closed = true;
    const late = client.call('size', () => provider.size());
    client.get('late', true);
    await this.#loop.passUntil(() => client.waiting.size === 0);
    expectEqual('failure after close', late.code, 'ERR_CLOSED');
    // A last tick may find that there is nothing left to do.
    await this.#loop.pass(this.#world.verdict.tickMs);
    expectEqual('holds after close', facade.holds, 0);
    expectEqual('timers after close', agenda.countOf(facade), 0);
    for (const { worker } of ledger.shards) expectEqual('worker after close', worker, undefined);
  }

  #onSettled(call: Call, value: unknown): void {
    const { verdict, sessions } = this.#world;
    if (call.outcome === 'failed') {
      verdict.checkFailure(call);
    } else if (call.kind === 'get' && value instanceof Map) {
      call.result = sessions.check(call.id, value as never, call.calledAt);
    } else if (call.kind === 'get' && call.byCallback && this.profile.outage === 'miss') {
      // A miss that stands for a failure, which was reported as well.
      if (this.#isReported(call)) call.outcome = 'failed';
    } else if (call.kind === 'stats') {
      verdict.checkStats(value as ProviderStats);
    } else if (call.kind === 'size') {
      call.result = Number(value);
    }
  }

  /** When all is well, an answer takes turns but no time. */
  async #finishNow(call: Call): Promise<Call> {
    await this.#loop.runDue();
    expectEqual(`${call.kind} when all is well`, call.outcome, 'done');
    return call;
  }

  /** Looks at what came of what has just happened. */
  #look(): void {
    const { client, events } = this.#world;
    client.afterDrain();
    const [found] = this.#found;
    if (found !== undefined) throw found;
    events.check();
    this.#checkWaiting();
  }

  #checkWaiting(): void {
    const { client, verdict } = this.#world;
    for (const call of client.waiting) {
      // A start may take longer than any operation.
      if (call.kind === 'ready') continue;
      if (!verdict.isOverdue(call)) return;
      const unanswered = call.byCallback && this.profile.outage === 'retry';
      if (!unanswered || !this.#isReported(call)) {
        throw new Violation(
          `call ${call.number}: expected an end after ${verdict.limitMs(call)} ms`,
        );
      }
      client.giveUp(call);
    }
  }

  /** A failure that could be this call's was reported. That a shard is not there is said only once. */
  #isReported({ id, calledAt, calledMs }: Call): boolean {
    const { events, ledger, shardOf } = this.#world;
    return events.hasErrorSince(calledMs) || ledger.wasUnavailable(shardOf(id), calledAt);
  }
}
