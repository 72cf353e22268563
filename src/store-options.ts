import { resolve } from 'node:path';
import { TIMER_MS_MAX } from './clock.js';
import { assertKnown, invalid, invalidAs, invalidNumber, isUrl } from './invalid-option.js';
import { type RedisStoreChoice, readRedisOptions } from './redis-options.js';
import type { FsyncPolicy } from './shard/journal/log-writer.js';
import { KEY_BYTES } from './shard/journal/seal.js';
import type { RedisSettings } from './shard/redis/redis-settings.js';

/** Sessions are in the shards' memory, and end with them. */
export interface MemoryStoreSettings {
  readonly kind: 'memory';
}

/** Sessions are in the shards' memory, and all changes of them in files, from which they come back. */
export interface JournalStoreChoice {
  readonly kind: 'journal';
  /** Directory of the files, on a local disk. It is made if it does not exist. No other provider may have it. */
  readonly directory: string;
  /**
   * When a change is acknowledged, and when it is safe: `'always'`: acknowledged once it is synced, so that it
   * survives a power cut. `'everysec'`: once it is written, so that it survives the end of the process;
   * synced each second, so that a power cut takes one second at most. `'never'`: the same, synced when
   * the system likes. Default: `'everysec'`.
   */
  readonly fsync?: FsyncPolicy;
  /**
   * Starts although files are damaged, keeps every record that checks out, and says in a process warning
   * what it left out; the damaged files stay, renamed. Default: false, and it fails with `ERR_JOURNAL_CORRUPT`.
   */
  readonly repair?: boolean;
  /**
   * 32 bytes: what is written is encrypted and authenticated with AES-256-GCM. It must be the same each time.
   * Default: none.
   */
  readonly encryptionKey?: Uint8Array;
  /**
   * Milliseconds to wait for a directory that another provider has: a whole number from 0 (not at all) to 2^31 - 1. Then all
   * fails with `ERR_JOURNAL_LOCKED`. A process warning says that it waits. Default: 15,000, as a provider that has ended on
   * another machine, or in another container, is known to have ended 10,000 later.
   */
  readonly lockTimeout?: number;
}

export type StoreOptions = MemoryStoreSettings | JournalStoreChoice | RedisStoreChoice;

/** What the journal's options say, checked. */
export interface JournalSettings {
  readonly kind: 'journal';
  /** Absolute. */
  readonly directory: string;
  readonly fsync: FsyncPolicy;
  readonly repair: boolean;
  readonly encryptionKey: Uint8Array | undefined;
  readonly lockTimeoutMs: number;
}

export type StoreSettings = MemoryStoreSettings | JournalSettings | RedisSettings;

const JOURNAL_OPTIONS = ['directory', 'fsync', 'repair', 'encryptionKey', 'lockTimeout'];
const STORE_EXPECTED = "an object such as { kind: 'memory' } or { kind: 'redis', url }";
const LOCK_TIMEOUT_MS = 15_000;
const FSYNC_POLICIES: readonly FsyncPolicy[] = ['always', 'everysec', 'never'];

/** Throws `ERR_INVALID_OPTION`. An encryption key is never in its message. */
export function readStoreOptions(store: unknown): StoreSettings {
  if (store === undefined) return { kind: 'memory' };
  if (typeof store !== 'object' || store === null) {
    throw invalid('store', STORE_EXPECTED, store);
  }
  const { kind, ...options } = store as Record<string, unknown>;
  if (kind === 'memory') {
    assertKnown(options, [], 'store');
    return { kind };
  }
  if (kind === 'journal') return readJournalOptions(options);
  if (kind === 'redis') return readRedisOptions(options);
  throw invalid('store.kind', "'memory', 'journal' or 'redis'", kind);
}

function readJournalOptions(options: Record<string, unknown>): JournalSettings {
  assertKnown(options, JOURNAL_OPTIONS, 'store');
  const { directory, fsync = 'everysec', repair = false, encryptionKey, lockTimeout } = options;
  if (typeof directory !== 'string' || !isPath(directory)) {
    throw invalid('store.directory', 'the path of a directory', directory);
  }
  const policy = FSYNC_POLICIES.find((one) => one === fsync);
  if (policy === undefined) {
    throw invalid('store.fsync', "'always', 'everysec' or 'never'", fsync);
  }
  if (typeof repair !== 'boolean') throw invalid('store.repair', 'true or false', repair);
  return {
    kind: 'journal',
    directory: resolve(directory),
    fsync: policy,
    repair,
    encryptionKey: readKey(encryptionKey),
    lockTimeoutMs: readLockTimeout(lockTimeout),
  };
}

/** A URL is none: of one with a password, directories would be made that have it in their names. */
function isPath(text: string): boolean {
  return text !== '' && !text.includes('\0') && !isUrl(text);
}

function readLockTimeout(timeoutMs: unknown): number {
  if (timeoutMs === undefined) return LOCK_TIMEOUT_MS;
  const isWhole = Number.isInteger(timeoutMs) && (timeoutMs as number) >= 0;
  if (isWhole && (timeoutMs as number) <= TIMER_MS_MAX) return timeoutMs as number;
  throw invalidNumber('store.lockTimeout', `a whole number from 0 to ${TIMER_MS_MAX}`, timeoutMs);
}

/** A copy, so that the user's may be wiped. */
function readKey(key: unknown): Uint8Array | undefined {
  if (key === undefined) return undefined;
  if (key instanceof Uint8Array && key.length === KEY_BYTES) return new Uint8Array(key);
  const expected = `a Uint8Array of ${KEY_BYTES} bytes`;
  if (!(key instanceof Uint8Array)) throw invalid('store.encryptionKey', expected, key);
  throw invalidAs('store.encryptionKey', expected, `${key.length}`);
}
