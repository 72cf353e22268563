import { type Channel, channel } from 'node:diagnostics_channel';
import type { ProviderEvents } from '../provider-events.js';

export type DiagnosticsName = keyof ProviderEvents | 'stats';

const channels = new Map<DiagnosticsName, Channel>();

/**
 * The `node:diagnostics_channel` `jstp-sharded-sessions:<name>`. Its messages are those of the event of
 * the same name, or the answer of `stats()`, with the provider beside. Make them only if somebody
 * subscribed.
 */
export function diagnosticsChannel(name: DiagnosticsName): Channel {
  let found = channels.get(name);
  if (found === undefined) {
    found = channel(`jstp-sharded-sessions:${name}`);
    channels.set(name, found);
  }
  return found;
}
