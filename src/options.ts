import { assertKnown, invalid, invalidNumber } from './invalid-option.js';
import { isSessionClass, type JstpSessionClass, loadJstpSessionClass } from './jstp-session.js';
import { type ProcessResources, readProcessResources } from './process-resources.js';
import { SESSION_BYTES_DEFAULT } from './session-codec.js';
import type { Overflow, StoreLimits } from './shard/session-store.js';
import { SLOT_COUNT } from './slots.js';
import { readStoreOptions, type StoreOptions, type StoreSettings } from './store-options.js';

/** What the callback form of `get` does with a failure; it has no argument for an error. */
export type Outage = 'retry' | 'miss';

/** Options of the provider. All are optional; a bad one makes the constructor throw. */
export interface ProviderOptions {
  /**
   * Worker threads, each of which is one shard: a whole number from 1 to 1,024. An idle shard takes 13 to 21 MiB.
   * Default: one less than the CPUs that the process may use (its container's CPU quota, rounded down, counts),
   * at most one for each 160 MiB of the memory that it may use, at least 1.
   */
  shards?: number;
  /**
   * Milliseconds from `setInactive` until the session expires: a whole number from 1 to 2^52.
   * Default: 86,400,000 (24 hours).
   */
  inactiveSessionLifetime?: number;
  /**
   * Milliseconds that a session lives that was set or fetched and is never set inactive, because the
   * server that had it died: a whole number from 1 to 2^52. Default: 604,800,000 (7 days).
   */
  activeSessionLifetime?: number;
  /**
   * Milliseconds between two looks for expired sessions, which is how long one may still take up
   * memory; it is never returned. A whole number from 1 to 2^31 - 1. Default: 1,000.
   */
  purgeInterval?: number;
  /**
   * Milliseconds that a shard may take to answer one operation, which then fails with `ERR_TIMEOUT`:
   * a whole number from 1 to 2^31 - 1. JSTP cuts a handshake after 3,000. Default: 2,000.
   */
  requestTimeout?: number;
  /**
   * What `get(id, callback)` does when it fails: `'retry'` does not answer, so that JSTP cuts the
   * handshake and the client can come again with the same id; `'miss'` answers `undefined`, which
   * tells the client that its session is gone. Default: `'retry'`.
   */
  outage?: Outage;
  /**
   * Sessions that are held at most, over all shards; each shard gets an equal part. A whole number from
   * the number of shards to 2^53 - 1. Default: unlimited.
   */
  maxSessions?: number;
  /**
   * Bytes of memory that the sessions may take, over all shards; each shard gets an equal part. A session
   * whose id and encoded state have n bytes counts as about 1.15 n + 76, which is what it takes in the
   * process (a UUID has 16 bytes). Whatever is done with them, sessions never take more than 1.3 times this limit. One that its
   * shard's part cannot hold is refused with `ERR_STORE_FULL`. A whole number from the number of shards to
   * 2^53 - 1. Default: half of the memory that the process may use, which is the machine's, or the smallest limit
   * of its cgroup and of those around it.
   */
  maxBytes?: number;
  /**
   * What happens at one of these limits: `'evict-inactive'` gives up the inactive sessions nearest to
   * expiry, and fails with `ERR_STORE_FULL` when there are not enough; `'reject'` fails with it at once.
   * An active session is never given up. Default: `'evict-inactive'`.
   */
  overflow?: Overflow;
  /**
   * Bytes of the largest encoded session: a whole number from 1 to 2^28. One that is stored and larger than this
   * and than 1,048,576 is not read: `ERR_SESSION_UNREADABLE`; it stays stored. Default: 1,048,576.
   */
  maxSessionBytes?: number;
  /** The host's Session class. Default: that of `@metarhia/jstp`, which is then required. */
  Session?: JstpSessionClass;
  /** Where sessions are kept. Default: `{ kind: 'memory' }`, in the memory of the shards. */
  store?: StoreOptions;
}

/** Every option, checked, with the units in the names. */
export interface Settings {
  readonly shards: number;
  readonly inactiveSessionLifetimeMs: number;
  readonly activeSessionLifetimeMs: number;
  readonly purgeIntervalMs: number;
  readonly requestTimeoutMs: number;
  readonly outage: Outage;
  /** Infinity: unlimited. */
  readonly sessionsMax: number;
  readonly bytesMax: number;
  readonly overflow: Overflow;
  readonly sessionBytesMax: number;
  readonly Session: JstpSessionClass;
  readonly store: StoreSettings;
}

const DAY_MS = 86_400_000;
/** What the timers of Node.js can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** Keeps `now + lifetime` a safe integer. */
const LIFETIME_MS_MAX = 2 ** 52;
/** Half of the longest string that V8 makes. */
const SESSION_BYTES_MAX = 2 ** 28;

const OPTION_NAMES = [
  'shards',
  'inactiveSessionLifetime',
  'activeSessionLifetime',
  'purgeInterval',
  'requestTimeout',
  'outage',
  'maxSessions',
  'maxBytes',
  'overflow',
  'maxSessionBytes',
  'Session',
  'store',
] satisfies (keyof ProviderOptions)[];

/** What an idle shard takes on the Node.js line that takes most, rounded up; see `docs/design/resources.md`. */
const SHARD_BYTES = 20 * 2 ** 20;
/** The part of the memory that idle shards may take by default: half is for sessions, the rest for the application. */
const SHARDS_MEMORY_PART = 1 / 8;

const OUTAGES: readonly [Outage, Outage] = ['retry', 'miss'];
const OVERFLOWS: readonly [Overflow, Overflow] = ['evict-inactive', 'reject'];

/**
 * Throws `ERR_INVALID_OPTION`, naming the option, what was expected and what came. `resources` decide the
 * defaults of `shards` and `maxBytes`.
 */
export function readOptions(
  options: ProviderOptions,
  resources: ProcessResources = readProcessResources(),
): Settings {
  if (typeof options !== 'object' || options === null) {
    throw invalid('options', 'an object', options);
  }
  assertKnown(options, OPTION_NAMES);
  const shards = whole(options, 'shards', SLOT_COUNT, defaultShards(resources));
  const sessionBytesMax = whole(
    options,
    'maxSessionBytes',
    SESSION_BYTES_MAX,
    SESSION_BYTES_DEFAULT,
  );
  const store = readStoreOptions(options.store);
  if (store.kind === 'redis') assertNoLimits(options);
  return {
    shards,
    inactiveSessionLifetimeMs: whole(options, 'inactiveSessionLifetime', LIFETIME_MS_MAX, DAY_MS),
    activeSessionLifetimeMs: whole(options, 'activeSessionLifetime', LIFETIME_MS_MAX, 7 * DAY_MS),
    purgeIntervalMs: whole(options, 'purgeInterval', TIMER_MS_MAX, 1_000),
    requestTimeoutMs: whole(options, 'requestTimeout', TIMER_MS_MAX, 2_000),
    outage: oneOf('outage', OUTAGES, options.outage),
    sessionsMax: readSessionsMax(options.maxSessions, shards),
    bytesMax: readBytesMax(options.maxBytes, shards, resources),
    overflow: oneOf('overflow', OVERFLOWS, options.overflow),
    sessionBytesMax,
    Session: readSessionClass(options.Session),
    store,
  };
}

/** One CPU is the server's thread's. */
function defaultShards({ cpus, memoryBytes }: ProcessResources): number {
  const byMemory = Math.floor((memoryBytes * SHARDS_MEMORY_PART) / SHARD_BYTES);
  return Math.max(1, Math.min(SLOT_COUNT, Math.floor(cpus) - 1, byMemory));
}

/** They would not be heeded. */
function assertNoLimits(options: ProviderOptions): void {
  for (const name of ['maxSessions', 'maxBytes', 'overflow'] as const) {
    if (options[name] === undefined) continue;
    throw invalid(
      name,
      'none with Redis, whose limits are maxmemory and its policy',
      options[name],
    );
  }
}

/** The part of one shard in the limits. All parts add up to the whole. */
export function limitsOfShard(
  settings: Pick<Settings, 'shards' | 'sessionsMax' | 'bytesMax' | 'overflow'>,
  shard: number,
): StoreLimits {
  const { shards, sessionsMax, bytesMax, overflow } = settings;
  return {
    sessionsMax: partOf(sessionsMax, shards, shard),
    bytesMax: partOf(bytesMax, shards, shard),
    overflow,
  };
}

function partOf(whole: number, parts: number, part: number): number {
  if (whole === Number.POSITIVE_INFINITY) return whole;
  return Math.floor(whole / parts) + (part < whole % parts ? 1 : 0);
}

type NumberOption = {
  [Name in keyof ProviderOptions]-?: ProviderOptions[Name] extends number | undefined
    ? Name
    : never;
}[keyof ProviderOptions];

function whole(options: ProviderOptions, name: NumberOption, max: number, byDefault: number) {
  const value = options[name];
  if (value === undefined) return byDefault;
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw invalidNumber(name, `a whole number from 1 to ${max}`, value);
}

function readSessionsMax(sessionsMax: number | undefined, shards: number): number {
  if (sessionsMax === undefined) return Number.POSITIVE_INFINITY;
  if (Number.isSafeInteger(sessionsMax) && sessionsMax >= shards) return sessionsMax;
  const expected = `a whole number from ${shards} (one session for each shard) to 2^53 - 1`;
  throw invalidNumber('maxSessions', expected, sessionsMax);
}

function readBytesMax(
  bytesMax: number | undefined,
  shards: number,
  { memoryBytes }: ProcessResources,
): number {
  if (bytesMax === undefined) return Math.floor(memoryBytes / 2);
  if (Number.isSafeInteger(bytesMax) && bytesMax >= shards) return bytesMax;
  throw invalidNumber(
    'maxBytes',
    `a whole number from ${shards} (the shards) to 2^53 - 1`,
    bytesMax,
  );
}

/** The first of `values` is the default. */
function oneOf<Value extends string>(
  name: string,
  values: readonly [Value, Value],
  value: unknown,
): Value {
  if (value === undefined) return values[0];
  const found = values.find((other) => other === value);
  if (found !== undefined) return found;
  throw invalid(name, values.map((other) => `'${other}'`).join(' or '), value);
}

function readSessionClass(Session: JstpSessionClass | undefined): JstpSessionClass {
  if (Session === undefined) return loadJstpSessionClass();
  if (isSessionClass(Session)) return Session;
  throw invalid('Session', 'a class that extends Map', Session);
}
