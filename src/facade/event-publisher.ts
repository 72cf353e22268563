import type { EventEmitter } from 'node:events';
import type { ConnectionNotice, DiskNotice } from '../notice.js';
import type { ProviderEvents } from '../provider-events.js';
import type { ProviderStats } from '../provider-stats.js';
import type { ShardCounts } from '../shard-counts.js';
import { nextTick } from '../timer-functions.js';
import { diagnosticsChannel } from './diagnostics.js';
import { emitJournalWarning } from './journal-warning.js';

/**
 * Tells what happens, to listeners of the provider and to subscribers of diagnostics channels; on a tick
 * of its own, so that a listener that throws hurts nothing that is under way.
 */
export class EventPublisher {
  readonly #provider: EventEmitter;

  constructor(provider: EventEmitter) {
    this.#provider = provider;
  }

  publish<Name extends Exclude<keyof ProviderEvents, 'error'>>(
    name: Name,
    event: ProviderEvents[Name][0],
  ): void {
    const provider = this.#provider;
    nextTick(() => {
      const diagnostics = diagnosticsChannel(name);
      if (diagnostics.hasSubscribers) diagnostics.publish({ provider, ...event });
      provider.emit(name, event);
    });
  }

  /** What a shard has counted since the last time. */
  publishCounts(shard: number, growth: ShardCounts): void {
    const { expired, evictedForSessions, evictedForBytes } = growth;
    if (expired > 0) this.publish('expired', { shard, count: expired });
    if (evictedForSessions > 0) {
      this.publish('evicted', { shard, count: evictedForSessions, reason: 'maxSessions' });
    }
    if (evictedForBytes > 0) {
      this.publish('evicted', { shard, count: evictedForBytes, reason: 'maxBytes' });
    }
  }

  /** What a shard says of its disk. */
  publishDisk(shard: number, notice: DiskNotice): void {
    if (notice.kind === 'warning') {
      emitJournalWarning(notice.text);
    } else if (notice.kind === 'degraded') {
      this.publish('degraded', { shard, reason: notice.reason });
    } else {
      this.publish('recovered', { shard });
    }
  }

  /** What a shard says of the connection to its server. */
  publishConnection(shard: number, notice: ConnectionNotice): void {
    if (notice.kind === 'connected') {
      this.publish('connected', { shard });
    } else {
      this.publish('reconnecting', { shard, code: notice.code, reason: notice.reason });
    }
  }

  publishStats(stats: ProviderStats): void {
    const diagnostics = diagnosticsChannel('stats');
    if (diagnostics.hasSubscribers) diagnostics.publish({ provider: this.#provider, stats });
  }
}
