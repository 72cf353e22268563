import { type ClockAnchor, readClockAnchor, SteadyClock } from '../../src/clock.js';
import { IN_FLIGHT_BOUNDS } from '../../src/facade/in-flight-bounds.js';
import { ShardPool } from '../../src/facade/shard-pool.js';
import { ShardedSessionStorageProvider } from '../../src/index.js';
import { INTERNALS, type Internals, openStore } from '../../src/internals.js';
import { readOptions } from '../../src/options.js';
import { observe, type RedisProvider } from './redis-provider.js';

/** For workers to start on a machine that is busy. */
const REQUEST_TIMEOUT_MS = 20_000;

/** The clock of a machine that the test sets. */
class MachineClock extends SteadyClock {
  #wallMs: () => number;

  constructor(anchor: ClockAnchor, wallMs: () => number) {
    super(anchor);
    this.#wallMs = wallMs;
  }

  override wall(): number {
    return this.#wallMs();
  }

  set(wallMs: () => number): void {
    this.#wallMs = wallMs;
  }
}

export interface ServerOptions {
  readonly url: string;
  readonly shards: number;
  /** Of its stamps: 0 to less than 1. */
  readonly writer: number;
  /** How far its clock is ahead when it starts. */
  readonly aheadMs?: number;
}

/** A provider as on a machine of its own. */
export function startServer({ url, shards, writer, aheadMs = 0 }: ServerOptions): RedisProvider & {
  /** Sets the clock of the machine, which its process was started with. */
  setClock(wallMs: () => number): void;
} {
  const options = {
    shards,
    requestTimeout: REQUEST_TIMEOUT_MS,
    store: { kind: 'redis', url },
  } as const;
  const settings = readOptions(options);
  const { unixMs, monotonicMs } = readClockAnchor();
  const clockAnchor = { unixMs: unixMs + aheadMs, monotonicMs };
  const clock = new MachineClock(clockAnchor, () => Date.now() + aheadMs);
  const opening = openStore(settings, clock, () => {});
  const internals: Internals = {
    clock,
    starter: new ShardPool({
      ...settings,
      clockAnchor,
      bounds: IN_FLIGHT_BOUNDS,
      shardStore: opening.shardStore,
    }),
    random: () => writer,
    bounds: IN_FLIGHT_BOUNDS,
    startsMax: 2,
    opening,
  };
  const withInternals = { ...options, [INTERNALS]: internals };
  const provider = new ShardedSessionStorageProvider(withInternals);
  return { ...observe(provider), setClock: (wallMs) => clock.set(wallMs) };
}
