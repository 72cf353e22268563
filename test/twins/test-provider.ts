import jstp from '@metarhia/jstp';
import { IN_FLIGHT_BOUNDS, type InFlightBounds } from '../../src/facade/in-flight-bounds.js';
import { openMemory } from '../../src/facade/store-opening.js';
import { type ProviderOptions, ShardedSessionStorageProvider } from '../../src/index.js';
import { INTERNALS, type Internals } from '../../src/internals.js';
import { limitsOfShard, readOptions } from '../../src/options.js';
import { LocalShards, type LocalShardsOptions } from './local-shards.js';
import { ManualClock } from './manual-clock.js';

const ROUNDS_MAX = 10_000;
/** The turn in which they are reported, two that they are held back, and that in which they are emitted. */
const TURNS_OF_ERRORS = 4;

export interface TestProvider {
  readonly provider: ShardedSessionStorageProvider;
  readonly clock: ManualClock;
  readonly shards: LocalShards;
  /** Codes of the `'error'` events so far, and how many failures each event stands for. */
  readonly errorCodes: string[];
  readonly errorCounts: number[];
  /** Runs the event loop of the twins until the promise settles. */
  finish<T>(promise: Promise<T>): Promise<T>;
}

/** A provider whose shards live in this thread, on a clock that the test moves. */
export function createTestProvider(
  options: ProviderOptions = {},
  bounds: InFlightBounds = IN_FLIGHT_BOUNDS,
  twins: Pick<LocalShardsOptions, 'createStore'> = {},
): TestProvider {
  const clock = new ManualClock();
  const settings = readOptions({ shards: 2, ...options });
  const limitsOf = (shard: number) => limitsOfShard(settings, shard);
  const shards = new LocalShards({ ...settings, ...bounds, ...twins, clock, limitsOf });
  const internals: Internals = {
    clock,
    starter: shards,
    random: () => 0,
    bounds,
    startsMax: 2,
    opening: openMemory(new Uint8Array(16)),
    holdErrors: setImmediate,
  };
  const withInternals = { shards: 2, ...options, [INTERNALS]: internals };
  const provider = new ShardedSessionStorageProvider(withInternals);
  const errorCodes: string[] = [];
  const errorCounts: number[] = [];
  provider.on('error', ({ code, count }) => {
    errorCodes.push(code);
    errorCounts.push(count);
  });
  const finishOn = <T>(promise: Promise<T>) => finish(promise, clock);
  return { provider, clock, shards, errorCodes, errorCounts, finish: finishOn };
}

async function finish<T>(promise: Promise<T>, clock: ManualClock): Promise<T> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  for (let i = 0; !settled; i++) {
    if (i === ROUNDS_MAX) throw new Error('expected the promise to settle without time passing');
    await drainMicrotasks();
    clock.runTurn();
  }
  return promise;
}

/** Until all ticks and promise jobs that are queued now, and those they queue, have run, and their errors are told. */
export async function drainMicrotasks(): Promise<void> {
  for (let turns = 0; turns < TURNS_OF_ERRORS; turns++) await nextTurn();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A session of a client that is not connected, with state. */
export function createSession(state: Record<string, unknown> = {}): jstp.Session {
  const session = new jstp.Session(null, 'user');
  for (const [key, value] of Object.entries(state)) session.set(key, value);
  return session;
}
