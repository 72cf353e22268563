import type { Clock } from './clock.js';
import type { ShardStarter } from './facade/shard-port.js';

/**
 * The one door to what the provider is made of, for tests: pass an object under this key among the
 * options. Users have no way to the key.
 */
export const INTERNALS = Symbol('jstp-sharded-sessions.internals');

export interface Internals {
  readonly clock: Clock;
  readonly starter: ShardStarter;
  readonly seed: Uint8Array;
}
