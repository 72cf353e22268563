import { type Clock, readClockAnchor, SteadyClock } from './clock.js';
import { IN_FLIGHT_BOUNDS, type InFlightBounds } from './facade/in-flight-bounds.js';
import { ShardPool } from './facade/shard-pool.js';
import type { ShardStarter } from './facade/shard-port.js';
import type { ProviderOptions, Settings } from './options.js';
import { createSeed } from './slots.js';

/**
 * The one door to what the provider is made of, for tests: pass an object under this key among the
 * options. Users have no way to the key.
 */
export const INTERNALS = Symbol('jstp-sharded-sessions.internals');

export interface Internals {
  readonly clock: Clock;
  readonly starter: ShardStarter;
  /** The key of the hash that leads from a session id to its slot. */
  readonly seed: Uint8Array;
  /** 0 to less than 1, for the jitter of restarts. */
  readonly random: () => number;
  readonly bounds: InFlightBounds;
}

export function internalsOf(options: ProviderOptions, settings: Settings): Internals {
  const given = (options as { [INTERNALS]?: Internals })[INTERNALS];
  if (given !== undefined) return given;
  const clockAnchor = readClockAnchor();
  return {
    clock: new SteadyClock(clockAnchor),
    starter: new ShardPool({ ...settings, clockAnchor }),
    seed: createSeed(),
    random: Math.random,
    bounds: IN_FLIGHT_BOUNDS,
  };
}
