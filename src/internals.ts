import { type Clock, readClockAnchor, SteadyClock } from './clock.js';
import { type HoldErrors, holdErrors } from './facade/error-reporter.js';
import { type InFlightBounds, inFlightBoundsFor } from './facade/in-flight-bounds.js';
import { openJournal } from './facade/journal-opening.js';
import type { ReportError } from './facade/observed-promise.js';
import { ShardPool } from './facade/shard-pool.js';
import type { ShardStarter } from './facade/shard-port.js';
import { openMemory, openRedis, type StoreOpening } from './facade/store-opening.js';
import { oldGenerationBytes } from './heap-size.js';
import type { ProviderOptions, Settings } from './options.js';
import { assertOwnFiles } from './package-files.js';
import type { ProcessResources } from './process-resources.js';
import { SessionCodec } from './session-codec.js';
import { SessionStamps } from './session-stamp.js';

/**
 * The one door to what the provider is made of, for tests: pass an object under this key among the
 * options. Users have no way to the key.
 */
export const INTERNALS = Symbol('jstp-sharded-sessions.internals');

export interface Internals {
  readonly clock: Clock;
  readonly starter: ShardStarter;
  /** 0 to less than 1, for the jitter of restarts. */
  readonly random: () => number;
  readonly bounds: InFlightBounds;
  /** Workers that start at the same time. */
  readonly startsMax: number;
  readonly opening: StoreOpening;
  /** Default: {@link holdErrors}. */
  readonly holdErrors?: HoldErrors;
}

/** Asked for on its own, as errors may be reported while the others are being made. */
export function holdErrorsOf(options: ProviderOptions): HoldErrors {
  return (options as { [INTERNALS]?: Internals })[INTERNALS]?.holdErrors ?? holdErrors;
}

export function internalsOf(
  options: ProviderOptions,
  settings: Settings,
  { cpus, memoryBytes }: ProcessResources,
  report: ReportError,
): Internals {
  const given = (options as { [INTERNALS]?: Internals })[INTERNALS];
  if (given !== undefined) return given;
  assertOwnFiles();
  const bounds = inFlightBoundsFor({
    ...settings,
    heapBytes: oldGenerationBytes(),
    memoryBytes,
  });
  const clockAnchor = readClockAnchor();
  const clock = new SteadyClock(clockAnchor);
  const opening = openStore(settings, clock, report);
  return {
    clock,
    starter: new ShardPool({
      ...settings,
      clockAnchor,
      bounds,
      // A journal that waits for its lock learns later where its files are.
      get shardStore() {
        return opening.shardStore;
      },
    }),
    random: Math.random,
    bounds,
    startsMax: Math.max(1, Math.floor(cpus)),
    opening,
  };
}

/** What writes and reads the sessions of the provider. */
export function createCodec(settings: Settings, { clock, random }: Internals): SessionCodec {
  const { Session, sessionBytesMax, store } = settings;
  if (store.kind !== 'redis') {
    const stamps = new SessionStamps({ random: random() });
    return new SessionCodec(Session, sessionBytesMax, false, stamps);
  }
  const stamps = new SessionStamps({ random: random(), sharedClock: () => clock.wall() });
  return new SessionCodec(Session, sessionBytesMax, store.readsStrings, stamps);
}

export function openStore(settings: Settings, clock: Clock, report: ReportError): StoreOpening {
  const { store, shards, requestTimeoutMs } = settings;
  if (store.kind === 'memory') return openMemory();
  if (store.kind === 'redis') return openRedis(store, requestTimeoutMs);
  return openJournal({ settings: store, shards, clock, report });
}
