import { readClockAnchor, SteadyClock } from '../../src/clock.js';
import { IN_FLIGHT_BOUNDS } from '../../src/facade/in-flight-bounds.js';
import { openJournal } from '../../src/facade/journal-opening.js';
import { createNodeLockSystem } from '../../src/facade/node-lock-system.js';
import { ShardPool } from '../../src/facade/shard-pool.js';
import { type ProviderOptions, ShardedSessionStorageProvider } from '../../src/index.js';
import { INTERNALS, type Internals } from '../../src/internals.js';
import { readOptions } from '../../src/options.js';

/** A provider with a journal, on real workers and files, that takes itself for one of this machine. */
export function createProviderOn(
  host: string,
  options: ProviderOptions,
): ShardedSessionStorageProvider {
  const settings = readOptions(options);
  const { store, shards } = settings;
  if (store.kind !== 'journal') throw new Error('expected a journal');
  const clockAnchor = readClockAnchor();
  const clock = new SteadyClock(clockAnchor);
  const opening = openJournal({
    settings: store,
    shards,
    clock,
    lockSystem: { ...createNodeLockSystem(), host },
    report: (error) => provider.emit('error', error),
  });
  const internals: Internals = {
    clock,
    starter: new ShardPool({
      ...settings,
      clockAnchor,
      bounds: IN_FLIGHT_BOUNDS,
      get shardStore() {
        return opening.shardStore;
      },
    }),
    random: Math.random,
    bounds: IN_FLIGHT_BOUNDS,
    startsMax: 2,
    opening,
  };
  const provider = new ShardedSessionStorageProvider({
    ...options,
    [INTERNALS]: internals,
  } as ProviderOptions);
  return provider;
}
