import type { MessagePort } from 'node:worker_threads';
import { runOnThisThread } from '../disk-task.js';
import { type ErrorCode, messageOf, SessionStorageError } from '../errors.js';
import { NodeDisk } from '../node-disk.js';
import type { Notice } from '../notice.js';
import { connectDiskThread } from './disk-thread-client.js';
import { readBootId } from './journal/boot-id.js';
import { faultTexts } from './journal/fault-texts.js';
import type { FileSet } from './journal/file-set.js';
import type { HeldLock } from './journal/lock-keeper.js';
import type { FsyncPolicy } from './journal/log-writer.js';
import { lockLost, touchLock } from './journal/touch-lock.js';
import { JournalStore, type JournalStoreOptions } from './journal-store.js';
import { MemoryStore, type MemoryStoreOptions } from './memory-store.js';
import type { RedisSettings } from './redis/redis-settings.js';
import type { SessionStore } from './session-store.js';

export interface ShardJournal {
  readonly kind: 'journal';
  /** Where the files of all shards lie. */
  readonly directory: string;
  /** Which the shards refresh, and without which they write nothing. */
  readonly lock: HeldLock;
  readonly fsync: FsyncPolicy;
  readonly repair: boolean;
  readonly encryptionKey: Uint8Array | undefined;
  readonly fileSet: FileSet;
  /** For each shard, the generation that its files have reached: see `JournalOptions.generationMin`. */
  readonly generations: readonly number[];
}

/** What the shards are told of Redis. */
export interface ShardRedis extends RedisSettings {
  /** Of the hash that leads to the slot of an id. */
  readonly seed: Uint8Array;
  readonly requestTimeoutMs: number;
}

/** The store that all shards have. */
export type ShardStore = { readonly kind: 'memory' } | ShardJournal | ShardRedis;

/** What one shard is told of it, if the shard keeps the sessions itself. */
export type OwnStoreSettings =
  | { readonly kind: 'memory' }
  | (ShardJournal & Pick<JournalStoreOptions, 'inactiveSessionLifetimeMs'>);

/** What one shard is told of it. */
export type ShardStoreSettings = OwnStoreSettings | ShardRedis;

/** Failures that another start does not mend. */
const REFUSALS = new Set<ErrorCode>(['ERR_JOURNAL_CORRUPT', 'ERR_STORE_FULL']);

/**
 * The store of a shard, filled with what it has on the disk; `undefined`, and it was said why, if it refuses to
 * start. Throws what may be mended by another start.
 */
export function createStore(
  options: MemoryStoreOptions & { readonly diskPort?: MessagePort | undefined },
  settings: OwnStoreSettings,
  post: (notice: Notice) => void,
): SessionStore | undefined {
  if (settings.kind === 'memory') return new MemoryStore(options);
  const { diskPort } = options;
  const disk = new NodeDisk({
    runLater: diskPort === undefined ? runOnThisThread : connectDiskThread(diskPort),
  });
  try {
    const store = new JournalStore({
      ...options,
      ...settings,
      generationMin: settings.generations[options.shard] ?? 0,
      disk,
      bootId: readBootId(),
      listener: {
        onLoading: () => post({ kind: 'busy' }),
        onDegraded: (error) => post({ kind: 'degraded', reason: messageOf(error) }),
        onRecovered: () => post({ kind: 'recovered' }),
      },
    });
    const where = `journal of shard ${options.shard} in ${settings.directory}`;
    for (const text of faultTexts(where, store.report)) post({ kind: 'warning', text });
    return store;
  } catch (error) {
    if (!(error instanceof SessionStorageError) || !REFUSALS.has(error.code)) throw error;
    if (isLockLost(settings.lock)) {
      const { directory } = settings.lock;
      post({ kind: 'refused', code: 'ERR_JOURNAL_LOCKED', detail: lockLost(directory) });
    } else {
      post({ kind: 'refused', code: error.code, detail: error.detail });
    }
    return undefined;
  }
}

/** Then another provider has moved the files away from here, and it is no damage that they are missing. */
function isLockLost({ directory, token }: HeldLock): boolean {
  try {
    return ['taken', 'gone'].includes(touchLock(directory, token));
  } catch {
    // The lock cannot be read: what was found in the files is all that is known.
    return false;
  }
}
