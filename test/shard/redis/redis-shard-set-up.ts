import { isNotice, type Notice } from '../../../src/notice.js';
import * as protocol from '../../../src/protocol.js';
import { RedisShard } from '../../../src/shard/redis/redis-shard.js';
import { FakeRedis } from '../../twins/fake-redis.js';
import { ManualClock } from '../../twins/manual-clock.js';

export const DAY_MS = 86_400_000;

/** A value as the facade makes it: format version, stamp, content. */
export function storedValue(stamp: number, content = ''): string {
  return `\x01\0\0\0\0\0\0\0${String.fromCharCode(stamp)}${content}`;
}

export type Fill = (batch: protocol.Batch) => void;

/** A shard on a twin of Redis, and what it says. */
export function setUp({
  shard = 0,
  shards = 1,
  ready = true,
  replyBytesMax = Number.POSITIVE_INFINITY,
  callsMax = Number.POSITIVE_INFINITY,
} = {}) {
  const clock = new ManualClock();
  const redis = new FakeRedis(clock);
  const posted: (protocol.Reply | Notice)[] = [];
  const served = new RedisShard({
    shard,
    shards,
    seed: new Uint8Array(16),
    prefix: 'p:',
    clock,
    random: () => 0,
    connect: redis.connect,
    replyBytesMax,
    callsMax,
    post: (message) => posted.push(structuredClone(message)),
  });
  served.start();
  if (ready) redis.beReady();
  let sequence = 0;
  /** Asks for what is filled in, and gives the sequence. */
  const ask = (...fills: Fill[]): number => {
    const batch = protocol.createBatch(++sequence);
    for (const fill of fills) fill(batch);
    served.receive(batch);
    return sequence;
  };
  /** Results so far, by sequence; negative for a part. */
  const replies = (): [number, unknown[]][] =>
    posted.filter(protocol.isReply).map((reply) => [reply[0], reply.slice(protocol.resultAt(0))]);
  const notices = () => posted.filter(isNotice).filter(({ kind }) => kind !== 'busy');
  return {
    clock,
    redis,
    posted,
    served,
    ask,
    replies,
    notices,
    get: (id: string) => (batch: protocol.Batch) =>
      protocol.appendGet(batch, 0, id, clock.now() + DAY_MS),
    set: (id: string, value: string) => (batch: protocol.Batch) =>
      protocol.appendSet(batch, 0, id, value, clock.now() + DAY_MS),
    /** A set and what makes it inactive, in one operation. */
    setInactiveValue:
      (id: string, value: string, lifetimeMs: number) => (batch: protocol.Batch) => {
        protocol.appendSet(batch, 0, id, value, clock.now() + DAY_MS);
        protocol.makeLastSetInactive(batch, clock.now() + lifetimeMs);
      },
    setInactive: (id: string, lifetimeMs: number) => (batch: protocol.Batch) =>
      protocol.appendSetInactive(batch, 0, id, clock.now() + lifetimeMs),
    amend: (id: string, head: string, addition: string) => (batch: protocol.Batch) =>
      protocol.appendAmend(batch, 0, id, head, addition),
    delete:
      (id: string, calledMs = 0) =>
      (batch: protocol.Batch) =>
        protocol.appendDelete(batch, 0, id, calledMs),
    all: (op: protocol.ShardWideOp) => (batch: protocol.Batch) =>
      protocol.appendShardWide(batch, op),
  };
}
