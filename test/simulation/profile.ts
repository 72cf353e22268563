import type { InFlightBounds } from '../../src/facade/in-flight-bounds.js';
import type { FsyncPolicy } from '../../src/shard/journal/log-writer.js';
import type { StoreLimits } from '../../src/shard/session-store.js';
import type { Random } from './random.js';

/** What goes wrong. */
export type Fault =
  | 'kill'
  | 'killLosingReplies'
  | 'killInBatch'
  | 'hang'
  | 'slowDown'
  | 'failStarts'
  | 'busy'
  | 'jump'
  | 'flood'
  | 'killInDisk'
  | 'slowDisk'
  | 'failDisk';

/** What the client does. */
export type Action =
  | 'set'
  | 'setClosing'
  | 'setInactive'
  | 'get'
  | 'getByCallback'
  | 'delete'
  | 'clear'
  | 'size'
  | 'flush'
  | 'stats'
  | 'message'
  | 'compact'
  | 'invalid';

/** The settings of one simulation. */
export interface Profile {
  readonly name: 'calm' | 'full' | 'faults' | 'everything';
  readonly steps: number;
  readonly shards: number;
  readonly requestTimeoutMs: number;
  readonly purgeIntervalMs: number;
  readonly inactiveSessionLifetimeMs: number;
  readonly activeSessionLifetimeMs: number;
  readonly outage: 'retry' | 'miss';
  readonly limits: StoreLimits;
  readonly bounds: InFlightBounds;
  /** Workers that start at the same time. */
  readonly startsMax: number;
  readonly ids: readonly string[];
  /** What the journals promise; `undefined`: sessions are in memory alone. */
  readonly fsync: FsyncPolicy | undefined;
  /** What their disk takes in one write. */
  readonly writeBytesMax: number;
  /** Ends each worker that is to do anything with it. */
  readonly poisonousId: string | undefined;
  /** The chance of a fault in each step, and which. */
  readonly faultChance: number;
  readonly faults: Readonly<Record<Fault, number>>;
  readonly actions: Readonly<Record<Action, number>>;
  /** The step in which the client closes the provider, whatever is under way. */
  readonly closeStep: number;
}

const NO_LIMITS: StoreLimits = {
  sessionsMax: Number.POSITIVE_INFINITY,
  bytesMax: Number.POSITIVE_INFINITY,
  overflow: 'reject',
};

const WIDE_BOUNDS: InFlightBounds = {
  operationsMax: 64,
  bytesMax: 20_000,
  postedOperationsMax: 16,
  postedBytesMax: 8_000,
  totalBytesMax: 1_000_000,
  replyBytesMax: Number.POSITIVE_INFINITY,
  remoteCallsMax: 1,
};

/** A few turns of the event loop reach them when a shard does not answer. */
const NARROW_BOUNDS: InFlightBounds = {
  operationsMax: 12,
  bytesMax: 6_000,
  postedOperationsMax: 4,
  postedBytesMax: 2_000,
  totalBytesMax: 12_000,
  replyBytesMax: Number.POSITIVE_INFINITY,
  remoteCallsMax: 1,
};

const NO_FAULTS: Record<Fault, number> = {
  kill: 0,
  killLosingReplies: 0,
  killInBatch: 0,
  hang: 0,
  slowDown: 0,
  failStarts: 0,
  busy: 0,
  jump: 0,
  flood: 0,
  killInDisk: 0,
  slowDisk: 0,
  failDisk: 0,
};

export function isLimited({ sessionsMax, bytesMax }: StoreLimits): boolean {
  return Math.min(sessionsMax, bytesMax) < Number.POSITIVE_INFINITY;
}

export function drawProfile(random: Random): Profile {
  const name = random.weighted({ calm: 1, full: 2, faults: 5, everything: 4 });
  const faulty = name === 'faults' || name === 'everything';
  const steps = random.between(60, 160);
  const ids = drawIds(random);
  const profile: Profile = {
    name,
    steps,
    shards: random.pick([1, 1, 2, 2, 2, 7]),
    requestTimeoutMs: random.pick([80, 400, 2_000]),
    purgeIntervalMs: random.pick([100, 300, 1_000]),
    inactiveSessionLifetimeMs: random.between(1, random.pick([200, 2_000, 20_000])),
    activeSessionLifetimeMs: random.between(1, random.pick([500, 5_000, 50_000])),
    outage: random.pick(['retry', 'miss']),
    limits: name === 'full' || random.chance(0.3) ? drawLimits(random) : NO_LIMITS,
    bounds: name === 'calm' ? WIDE_BOUNDS : random.pick([WIDE_BOUNDS, NARROW_BOUNDS]),
    ids,
    fsync: undefined,
    writeBytesMax: Number.POSITIVE_INFINITY,
    poisonousId: faulty && random.chance(0.2) ? random.pick(ids) : undefined,
    faultChance: faulty ? random.pick([0.02, 0.06, 0.15]) : name === 'full' ? 0.05 : 0,
    faults: drawFaults(random, name),
    actions: drawActions(random),
    closeStep: random.chance(0.1) ? random.below(steps) : Number.POSITIVE_INFINITY,
    // Where nothing may time out, no shard waits for another's start.
    startsMax: faulty ? random.pick([1, 2, 8]) : 8,
  };
  return random.chance(0.5) ? withJournals(profile, random) : profile;
}

function withJournals(profile: Profile, random: Random): Profile {
  const faulty = profile.faults.kill + profile.faults.killInBatch + profile.faults.hang > 0;
  const weight = () => (faulty ? random.pick([0, 1, 3]) : 0);
  const fsync = random.pick(['always', 'everysec', 'never'] as const);
  // In most seeds it does not fail, and then nothing at all may be lost.
  const failDisk = random.chance(0.3) ? weight() : 0;
  const faults = { ...profile.faults, killInDisk: weight(), slowDisk: weight(), failDisk };
  const actions = { ...profile.actions, compact: random.pick([0, 0.2, 1]) };
  const writeBytesMax = random.chance(0.2) ? 60 : Number.POSITIVE_INFINITY;
  return { ...profile, fsync, writeBytesMax, faults, actions };
}

function drawIds(random: Random): string[] {
  const count = random.chance(0.1) ? random.between(20, 40) : random.between(2, 9);
  const ids = Array.from({ length: count }, (_, i) => `${i.toString(36)}-${random.below(1_000)}`);
  if (random.chance(0.1)) ids.push('__proto__');
  return ids;
}

function drawLimits(random: Random): StoreLimits {
  const kind = random.pick(['sessions', 'bytes', 'both']);
  return {
    sessionsMax: kind === 'bytes' ? Number.POSITIVE_INFINITY : random.pick([1, 2, 3, 5, 20]),
    bytesMax: kind === 'sessions' ? Number.POSITIVE_INFINITY : random.between(600, 4_000),
    overflow: random.chance(0.7) ? 'evict-inactive' : 'reject',
  };
}

function drawFaults(random: Random, name: Profile['name']): Record<Fault, number> {
  if (name === 'calm') return NO_FAULTS;
  if (name === 'full') return { ...NO_FAULTS, flood: 1, jump: random.pick([0, 3]) };
  // Some kinds of fault are left out at times, so that others get to where they matter.
  const weight = () => random.pick([0, 1, 1, 3]);
  return {
    kill: weight(),
    killLosingReplies: weight(),
    killInBatch: weight(),
    hang: weight(),
    slowDown: weight(),
    failStarts: weight(),
    busy: weight(),
    jump: name === 'everything' ? weight() : 0,
    flood: name === 'everything' ? 1 : 0.01,
    killInDisk: 0,
    slowDisk: 0,
    failDisk: 0,
  };
}

function drawActions(random: Random): Record<Action, number> {
  const weight = () => random.pick([0, 1, 2, 6]);
  return {
    set: 1 + weight(),
    setClosing: 1 + weight(),
    setInactive: weight(),
    get: 1 + weight(),
    getByCallback: weight(),
    delete: weight() / 2,
    clear: weight() / 8,
    size: weight() / 4,
    flush: weight() / 4,
    stats: weight() / 4,
    message: weight(),
    compact: 0,
    invalid: 0.05,
  };
}
