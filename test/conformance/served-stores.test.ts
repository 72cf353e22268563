import { after, before } from 'node:test';
import { isReply, type Reply } from '../../src/protocol.js';
import { MemoryStore } from '../../src/shard/memory-store.js';
import { connectRedis } from '../../src/shard/redis/redis-client.js';
import { RedisShard } from '../../src/shard/redis/redis-shard.js';
import type { SessionStore, StoreLimits } from '../../src/shard/session-store.js';
import { Shard } from '../../src/shard/shard.js';
import { needsRedis } from '../redis-servers/redis-binary.js';
import { RedisProcess } from '../redis-servers/redis-process.js';
import { createStore } from '../shard/journaled.js';
import { FakeRedis } from '../twins/fake-redis.js';
import { ManualClock } from '../twins/manual-clock.js';
import { SimulatedDisk } from '../twins/simulated-disk.js';
import type { ServedStore, ServedStoreOptions } from './asking.js';
import { testServedRefusals } from './served-refusals-suite.js';
import { testServedStore } from './served-store-suite.js';

/** Replies by sequence, whether they are there or awaited. */
class Replies {
  readonly #replies = new Map<number, Reply>();
  readonly #waiting = new Map<number, (reply: Reply) => void>();

  readonly post = (message: unknown): void => {
    if (!isReply(message) || message[0] < 0) return;
    this.#replies.set(message[0], message);
    this.#waiting.get(message[0])?.(message);
  };

  of(sequence: number): Promise<Reply> {
    const reply = this.#replies.get(sequence);
    if (reply !== undefined) return Promise.resolve(reply);
    return new Promise((resolve) => this.#waiting.set(sequence, resolve));
  }
}

interface Served {
  receive(message: unknown): void;
  stop(): void;
}

function served(
  shard: Served,
  replies: Replies,
  clock: ManualClock,
): Omit<ServedStore, 'refuseValues'> {
  return {
    receive: (batch) => shard.receive(batch),
    reply: (sequence) => replies.of(sequence),
    now: () => clock.now(),
    pass: async (ms) => clock.jump(ms),
    close: async () => shard.stop(),
  };
}

/** `settle`: ends what the store has begun. */
function serveOwn(
  createOwn: (clock: ManualClock, limits: StoreLimits) => SessionStore,
  settle: () => void = () => {},
): ServedStore {
  const clock = new ManualClock();
  const replies = new Replies();
  const unlimited = Number.POSITIVE_INFINITY;
  const limits = { sessionsMax: unlimited, bytesMax: unlimited, overflow: 'reject' } as const;
  const changing: { -readonly [Name in keyof StoreLimits]: StoreLimits[Name] } = { ...limits };
  const store = createOwn(clock, changing);
  const { post } = replies;
  const shard = new Shard({ shards: 1, store, clock, replyBytesMax: unlimited, post });
  return {
    ...served(shard, replies, clock),
    refuseValues: async () => {
      changing.bytesMax = 0;
    },
    reply: (sequence) => {
      settle();
      return replies.of(sequence);
    },
  };
}

function testStore(name: string, options: ServedStoreOptions): void {
  testServedStore(name, options);
  testServedRefusals(name, options);
}

testStore('memory', {
  create: async () =>
    serveOwn(
      (clock, limits) =>
        new MemoryStore({ shard: 0, shards: 1, purgeIntervalMs: 1_000, clock, limits }),
    ),
});

for (const fsync of ['always', 'everysec', 'never'] as const) {
  testStore(`journal ${fsync}`, {
    create: async () => {
      const disk = new SimulatedDisk();
      const settle = () => {
        while (disk.completeLater());
      };
      return serveOwn((clock, limits) => createStore({ disk, clock, fsync, limits }), settle);
    },
  });
}

const SHARD = { shard: 0, shards: 1, seed: new Uint8Array(16), random: Math.random };
const REPLIES = { replyBytesMax: Number.POSITIVE_INFINITY, callsMax: 4 };

testStore('redis twin', {
  create: async () => {
    const clock = new ManualClock();
    const replies = new Replies();
    const redis = new FakeRedis(clock);
    const { connect } = redis;
    const shard = new RedisShard({
      ...SHARD,
      ...REPLIES,
      prefix: 'p:',
      clock,
      connect,
      post: replies.post,
    });
    redis.beReady();
    return {
      ...served(shard, replies, clock),
      refuseValues: async () => {
        redis.refusal = 'OOM command not allowed';
      },
    };
  },
});

const needed = needsRedis();
let server: RedisProcess | undefined;
let prefixes = 0;

before(async () => {
  if (needed.skip === false) server = await RedisProcess.start();
});
after(() => server?.stop());

testStore('redis', {
  ...needed,
  runs: 40,
  create: async () => {
    if (server === undefined) throw new Error('expected a server');
    const { admin, address } = server;
    // A pattern, if it was taken for one.
    const prefix = `[a*]${prefixes++}:`;
    const settings = {
      kind: 'redis',
      server: address,
      username: undefined,
      password: undefined,
      database: 0,
      prefix,
      tls: undefined,
      readsStrings: false,
    } as const;
    const clock = new ManualClock();
    const replies = new Replies();
    let onReady = () => {};
    const ready = new Promise<void>((resolve) => {
      onReady = resolve;
    });
    const shard = new RedisShard({
      ...SHARD,
      ...REPLIES,
      prefix,
      clock,
      connect: (listener) => connectRedis({ settings, answerTimeoutMs: 10_000, clock, listener }),
      post: (message) => (isReply(message) ? replies.post(message) : onReady()),
    });
    await ready;
    return {
      ...served(shard, replies, clock),
      refuseValues: async () => {
        await admin.config('SET', 'maxmemory', '1');
      },
      close: async () => {
        shard.stop();
        await admin.config('SET', 'maxmemory', '0');
      },
      pass: async (ms) => {
        clock.jump(ms);
        for (const key of await admin.keys('*'))
          await admin.pexpire(key, (await admin.pttl(key)) - ms);
      },
    };
  },
});
