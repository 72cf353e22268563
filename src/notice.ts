import type { ErrorCode } from './errors.js';
import type { ShardCounts } from './shard-counts.js';

/** What a shard says unasked. */
export type Notice =
  | { readonly kind: 'ready' }
  /** The counts have changed on their own: sessions ran out and were freed. */
  | { readonly kind: 'counts'; readonly counts: ShardCounts }
  /** It is at work, on what takes its time: on loading, or on a slow disk. */
  | { readonly kind: 'busy' }
  /** It is to be told when all that it has posted before this is read. */
  | { readonly kind: 'receiptWanted' }
  /** It cannot start, and could not if it was started again. */
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string }
  /** What it found in its files, for people. */
  | { readonly kind: 'warning'; readonly text: string }
  /** Its disk refuses what it writes, for this reason. */
  | { readonly kind: 'degraded'; readonly reason: string }
  /** All that was kept back is written. */
  | { readonly kind: 'recovered' }
  /** Its server answers. */
  | { readonly kind: 'connected' }
  /** Its server does not, for this reason; what it was asked waits. */
  | { readonly kind: 'reconnecting'; readonly code: ErrorCode; readonly reason: string };

/** What a shard says of its disk. */
export type DiskNotice = Extract<Notice, { kind: 'warning' | 'degraded' | 'recovered' }>;

/** What a shard says of the connection to its server. */
export type ConnectionNotice = Extract<Notice, { kind: 'connected' | 'reconnecting' }>;

const NOTICE_KINDS: Record<Notice['kind'], true> = {
  ready: true,
  counts: true,
  busy: true,
  receiptWanted: true,
  refused: true,
  warning: true,
  degraded: true,
  recovered: true,
  connected: true,
  reconnecting: true,
};

export function isNotice(message: unknown): message is Notice {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return false;
  if (message.kind === 'counts') return 'counts' in message;
  return typeof message.kind === 'string' && Object.hasOwn(NOTICE_KINDS, message.kind);
}
