import jstp from '@metarhia/jstp';
import { openMemory } from '../../src/facade/store-opening.js';
import { type ProviderOptions, ShardedSessionStorageProvider } from '../../src/index.js';
import { INTERNALS, type Internals } from '../../src/internals.js';
import { SessionCodec } from '../../src/session-codec.js';
import { MemoryStore } from '../../src/shard/memory-store.js';
import { createSlotHash, SEED_BYTES, shardOfSlot } from '../../src/slots.js';
import { Agenda, SimulatedThread } from './agenda.js';
import { ByteCosts } from './byte-costs.js';
import { Client, type ClientOptions } from './client.js';
import { DeadlineLedger } from './deadline-ledger.js';
import { FailingDisk } from './failing-disk.js';
import { History } from './history.js';
import { HostSessions } from './host-sessions.js';
import { isLimited, type Profile } from './profile.js';
import { ProviderEventLog } from './provider-events.js';
import { Random } from './random.js';
import { createJournal, ShardJournals, type ShardJournalsOptions } from './shard-journals.js';
import { SimulatedWorkers } from './simulated-workers.js';
import { Trace } from './trace.js';
import { Verdict } from './verdict.js';
import { WorkerLedger } from './worker-ledger.js';
import type { Sabotage } from './worker-options.js';

/** A bug that is planted for a test of the simulation itself. */
export interface PlantedBug extends Sabotage {
  readonly createProvider?: (options: ProviderOptions) => ShardedSessionStorageProvider;
}

export interface WorldOptions {
  readonly profile: Profile;
  readonly random: Random;
  readonly bug: PlantedBug;
  readonly onViolation: ClientOptions['onViolation'];
  readonly onSettled: ClientOptions['onSettled'];
}

/** All that takes part in a simulation: the real provider among twins, a client, and those who watch. */
export interface World {
  readonly agenda: Agenda;
  readonly trace: Trace;
  readonly facade: SimulatedThread;
  readonly workers: SimulatedWorkers;
  readonly ledger: WorkerLedger;
  readonly history: History;
  readonly provider: ShardedSessionStorageProvider;
  readonly sessions: HostSessions;
  readonly client: Client;
  readonly events: ProviderEventLog;
  readonly verdict: Verdict;
  readonly shardOf: (id: string) => number;
  /** How long the process was too busy to do anything else. */
  busyMs: number;
}

export function createWorld({ profile, random, bug, ...listeners }: WorldOptions): World {
  const agenda = new Agenda(random.fork());
  const trace = new Trace(() => agenda.elapsedMs);
  const facade = new SimulatedThread(agenda);
  const seed = Uint8Array.from({ length: SEED_BYTES }, () => random.below(256));
  const slotOf = createSlotHash(seed);
  const { shards, inactiveSessionLifetimeMs, activeSessionLifetimeMs } = profile;
  const shardOf = (id: string) => shardOfSlot(slotOf(id), shards);
  const history = new History(shards, shardOf, createVersionReader());
  const deadlines = new DeadlineLedger(inactiveSessionLifetimeMs, activeSessionLifetimeMs);
  const ledger = new WorkerLedger({
    ...{ ...profile, trace, slotOf, history, deadlines },
    onViolation: listeners.onViolation,
  });
  const workers = new SimulatedWorkers({
    ...profile,
    agenda,
    trace,
    facade,
    ledger,
    costs: BYTE_COSTS,
    createStore: (options) => new MemoryStore(options),
    journals: createJournals(profile, bug, {
      disk: new FailingDisk(agenda, profile.writeBytesMax),
      random: random.fork(),
      history,
      onReverted: () => world.sessions.onReverted(),
    }),
    sabotage: bug,
    random: random.fork(),
  });
  const { bounds, startsMax } = profile;
  const opening = openMemory(seed);
  const internals = {
    clock: facade,
    starter: workers,
    random: random.fork().next,
    bounds,
    startsMax,
    opening,
    holdErrors: setImmediate,
  };
  const provider = createProvider(profile, internals, bug);
  const sessions = new HostSessions(random.fork(), () => agenda.elapsedMs);
  const clocks = {
    nowMs: () => agenda.unixMs,
    elapsedMs: () => agenda.elapsedMs,
    busyMs: () => world.busyMs,
  };
  const world: World = {
    ...{ agenda, trace, facade, workers, ledger, history, provider, sessions, shardOf },
    client: new Client({ provider, trace, history, sessions, deadlines, ...clocks, ...listeners }),
    events: new ProviderEventLog(provider, ledger, trace, sessions, isLimited(profile.limits)),
    verdict: new Verdict({ profile, ledger, calls: history.calls, shardOf, ...clocks }),
    busyMs: 0,
  };
  return world;
}

/** A planted store is in the place of one that has no journal. */
function createJournals(
  { fsync, inactiveSessionLifetimeMs }: Profile,
  bug: PlantedBug,
  options: Pick<ShardJournalsOptions, 'disk' | 'random' | 'history' | 'onReverted'>,
): ShardJournals | undefined {
  if (fsync === undefined || bug.createStore !== undefined) return undefined;
  const create = bug.createJournal ?? createJournal;
  return new ShardJournals({
    ...options,
    fsync,
    inactiveSessionLifetimeMs,
    createJournal: create,
  });
}

function createProvider(
  profile: Profile,
  internals: Internals,
  bug: PlantedBug,
): ShardedSessionStorageProvider {
  const options = {
    shards: profile.shards,
    inactiveSessionLifetime: profile.inactiveSessionLifetimeMs,
    activeSessionLifetime: profile.activeSessionLifetimeMs,
    purgeInterval: profile.purgeIntervalMs,
    requestTimeout: profile.requestTimeoutMs,
    outage: profile.outage,
    [INTERNALS]: internals,
  };
  return bug.createProvider?.(options) ?? new ShardedSessionStorageProvider(options);
}

/** Which `set` a stored value comes from. */
function createVersionReader(): (id: string, value: string) => number {
  const codec = new SessionCodec(jstp.Session, 2 ** 20);
  return (id, value) => Number(codec.decode(id, value).get('version'));
}

const BYTE_COSTS = new ByteCosts(
  new MemoryStore({
    shard: 0,
    shards: 1,
    purgeIntervalMs: 1,
    clock: new SimulatedThread(new Agenda(new Random(0))),
  }),
);
