import type { MessagePort } from 'node:worker_threads';
import { type ClockAnchor, SteadyClock } from '../clock.js';
import { oldGenerationBytes } from '../heap-size.js';
import type { Notice } from '../notice.js';
import type { Reply } from '../protocol.js';
import {
  createStore,
  type ShardJournal,
  type ShardRedis,
  type ShardStoreSettings,
} from './create-store.js';
import { replyBytesMaxOf } from './heap-limits.js';
import { LockKeeper } from './journal/lock-keeper.js';
import { lockLost, touchLock } from './journal/touch-lock.js';
import { connectRedis } from './redis/redis-client.js';
import { RedisShard } from './redis/redis-shard.js';
import type { StoreLimits } from './session-store.js';
import { Shard } from './shard.js';

/** A server that does not answer for so long is not waited for. */
const ANSWER_MS_MAX = 1_000;
/** In a cluster another may have taken its place. */
const ANSWER_OF_NODE_MS_MAX = 500;

/** All that a shard's worker is told when it starts. */
export interface ShardStartup {
  readonly port: MessagePort;
  readonly shard: number;
  readonly shards: number;
  readonly purgeIntervalMs: number;
  readonly clockAnchor: ClockAnchor;
  readonly limits: StoreLimits;
  /** Of the values in one reply. A smaller heap makes it less. */
  readonly replyBytesMax: number;
  /** Calls of a server at the same time. */
  readonly remoteCallsMax: number;
  readonly store: ShardStoreSettings;
  /** With a journal: to the thread that waits for the disk. */
  readonly diskPort?: MessagePort | undefined;
}

/**
 * The task that the pool runs once on each worker. It returns at once: from then on the port keeps
 * the worker busy, and a task that never ended would keep the process alive.
 */
export default function serveShard(startup: ShardStartup): void {
  const { port } = startup;
  const clock = new SteadyClock(startup.clockAnchor);
  const post = (message: Reply | Notice): void => port.postMessage(message);
  if (startup.store.kind === 'redis') {
    serve(port, createRedisShard(startup, startup.store, clock, post));
    return;
  }
  const store = createStore({ ...startup, clock }, startup.store, post);
  if (store === undefined) return;
  const replyBytesMax = replyBytesMaxFor(startup);
  const shard = new Shard({ shards: startup.shards, store, clock, replyBytesMax, post });
  if (startup.store.kind === 'memory') serve(port, shard);
  else serveLocked(port, shard, createLockKeeper(startup.store, clock, post));
}

/** The heap of this thread may be smaller than it was asked to be. */
function replyBytesMaxFor({ replyBytesMax }: ShardStartup): number {
  return Math.min(replyBytesMax, replyBytesMaxOf(oldGenerationBytes()));
}

type ServedShard = Pick<Shard, 'start' | 'receive' | 'stop'>;

function serve(port: MessagePort, shard: ServedShard): void {
  port.on('message', (message: unknown) => shard.receive(message));
  port.on('close', () => shard.stop());
  shard.start();
}

/** Once the lock is lost nothing is applied, answered or written any more; the facade ends this worker. */
function serveLocked(port: MessagePort, shard: Shard, keeper: LockKeeper): void {
  port.on('message', (message: unknown) => {
    if (keeper.isHeld()) shard.receive(message);
  });
  port.on('close', () => {
    keeper.stop();
    shard.stop(!keeper.refresh());
  });
  keeper.start();
  if (keeper.isHeld()) shard.start();
}

function createLockKeeper(
  { lock }: ShardJournal,
  clock: SteadyClock,
  post: (notice: Notice) => void,
): LockKeeper {
  const { directory } = lock;
  return new LockKeeper({
    lock,
    clock,
    touch: touchLock,
    onLost: () =>
      post({ kind: 'refused', code: 'ERR_JOURNAL_LOCKED', detail: lockLost(directory) }),
    onFailed: (reason) => {
      post({
        kind: 'warning',
        text: `journal in ${directory}: could not refresh its lock: ${reason}`,
      });
    },
  });
}

function createRedisShard(
  startup: ShardStartup,
  settings: ShardRedis,
  clock: SteadyClock,
  post: (message: Reply | Notice) => void,
): RedisShard {
  const { shard, shards } = startup;
  const answerMsMax = 'nodes' in settings.server ? ANSWER_OF_NODE_MS_MAX : ANSWER_MS_MAX;
  const answerTimeoutMs = Math.min(answerMsMax, settings.requestTimeoutMs);
  return new RedisShard({
    shard,
    shards,
    ...settings,
    clock,
    replyBytesMax: replyBytesMaxFor(startup),
    callsMax: startup.remoteCallsMax,
    random: Math.random,
    connect: (listener) => connectRedis({ settings, answerTimeoutMs, clock, listener }),
    post,
  });
}
