import type { Fault, Profile } from './profile.js';
import type { Random } from './random.js';
import { drawFailedStarts } from './simulated-workers.js';
import type { World } from './world.js';

/** Lets things go wrong, and counts how often. */
export class Faults {
  count = 0;
  readonly #world: World;
  readonly #profile: Profile;
  readonly #random: Random;

  constructor(world: World, profile: Profile, random: Random) {
    this.#world = world;
    this.#profile = profile;
    this.#random = random;
  }

  draw(): Fault {
    return this.#random.weighted(this.#profile.faults);
  }

  inject(fault: Fault): void {
    this.#world.trace.note(`fault: ${fault}`);
    this.count++;
    switch (fault) {
      case 'kill':
        this.#world.workers.pick()?.kill(0, 'between messages');
        break;
      case 'killLosingReplies':
        this.#killLosingReplies();
        break;
      case 'killInBatch':
        this.#world.workers.pick()?.killAfter(this.#random.below(6));
        break;
      case 'hang':
        this.#world.workers.pick()?.hang();
        break;
      case 'slowDown':
        this.#slowDown();
        break;
      case 'failStarts':
        this.#failStarts();
        break;
      case 'busy':
        this.#beBusy(this.#random.pick([10, 300, 3_000]));
        break;
      case 'jump':
        this.#jump();
        break;
      case 'flood':
        this.#flood();
        break;
      case 'killInDisk':
        this.#world.workers.pick()?.killInDiskAfter(this.#random.below(20));
        break;
      case 'slowDisk':
        this.#world.workers.slowDiskDown(this.#random.pick([0, 20, 300, 3_000]));
        break;
      case 'failDisk':
        this.#failDisk();
    }
  }

  #killLosingReplies(): void {
    const worker = this.#world.workers.pick();
    if (worker === undefined) return;
    const { repliesOnTheirWay } = worker;
    if (repliesOnTheirWay === 0) worker.killBeforeReply();
    else worker.kill(this.#random.between(1, repliesOnTheirWay), 'after its replies');
  }

  #slowDown(): void {
    const { requestTimeoutMs } = this.#profile;
    const delayMs = this.#random.pick([0, 50, requestTimeoutMs / 2, requestTimeoutMs * 2, 3_000]);
    this.#world.workers.slowDown(this.#random.below(this.#profile.shards), delayMs);
  }

  #failStarts(): void {
    const { workers } = this.#world;
    const worker = workers.pick();
    if (worker === undefined) return;
    workers.planStarts(worker.shard, drawFailedStarts(this.#random));
    worker.kill(0, 'before starts that fail');
  }

  /** The process does something else, and everything that is due is late. */
  #beBusy(ms: number): void {
    const { agenda } = this.#world;
    agenda.passTo(agenda.elapsedMs + ms);
    this.#world.busyMs += ms;
  }

  #failDisk(): void {
    const failure = this.#random.pick(['ENOSPC', 'EIO'] as const);
    this.#world.workers.failDisk(failure, this.#random.pick([5, 300, 3_000, 30_000]));
  }

  #jump(): void {
    const ms = this.#random.between(1, 10 ** this.#random.between(1, 5));
    // What has expired is not in the journal, as the clock of a process never goes back.
    const forward = this.#profile.fsync !== undefined || this.#random.chance(0.5);
    this.#world.agenda.jump(forward ? ms : -ms);
  }

  /** Far more in one turn than a shard may have in flight. */
  #flood(): void {
    const { client } = this.#world;
    const { ids, bounds } = this.#profile;
    const targets = this.#random.chance(0.5) ? ids : ids.slice(0, 2);
    const count = this.#random.between(bounds.operationsMax / 2, bounds.operationsMax * 2);
    for (let i = 0; i < count; i++) {
      const id = this.#random.pick(targets);
      if (this.#random.chance(0.1)) client.get(id, this.#random.chance(0.5));
      else client.set(id, this.#random.chance(0.2));
      if (this.#random.chance(0.3)) client.setInactive(id, true);
      if (this.#random.chance(0.05)) client.message(id);
    }
  }
}
