import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { needsRedis } from '../redis-servers/redis-binary.js';
import { RedisProcess } from '../redis-servers/redis-process.js';
import { createFaultyProvider } from '../twins/faulty-pool.js';
import { createSession } from '../twins/test-provider.js';
import { createRedisProvider, observe, type RedisProvider, urlOf } from './redis-provider.js';

const REQUEST_TIMEOUT_MS = 400;
// So many that each shard has some of them, whatever they are hashed with: one that is asked for nothing does
// not see that a server is frozen.
const IDS = Array.from({ length: 40 }, (_, i) => `${i}`);

describe('Redis is away', needsRedis(), () => {
  let server: RedisProcess;
  let redis: RedisProvider;
  before(async () => {
    server = await RedisProcess.start({ appendOnly: true });
  });
  after(() => server.stop());
  beforeEach(async () => {
    redis = createRedisProvider({ url: urlOf(server) }, { requestTimeout: REQUEST_TIMEOUT_MS });
    await redis.provider.ready;
    await redis.provider.clear();
  });
  afterEach(() => redis.provider.close());

  for (const fault of ['killed', 'frozen'] as const) {
    it(`${fault}: what was set meanwhile is there when it is back, in order`, async () => {
      const { provider, events } = redis;
      await provider.set('before', createSession({ n: 0 }));
      if (fault === 'killed') await server.kill();
      else await server.freeze();
      const sets: Promise<unknown>[] = [];
      for (let n = 1; n <= 3; n++) {
        for (const id of IDS) sets.push(provider.set(id, createSession({ n })));
      }
      for (const { status, ...rest } of await Promise.allSettled(sets)) {
        assert.equal(status, 'rejected');
        const { code } = (rest as PromiseRejectedResult).reason;
        assert(['ERR_REDIS_UNAVAILABLE', 'ERR_TIMEOUT'].includes(code), code);
      }
      await redis.until('reconnecting');
      assert.equal((await provider.stats()).connection, 'reconnecting');
      if (fault === 'killed') await server.restart();
      else server.thaw();
      await redis.until('connected');
      assert.equal((await provider.stats()).connection, 'connected');
      for (const id of IDS) assert.equal((await provider.get(id))?.get('n'), 3);
      assert.equal((await provider.get('before'))?.get('n'), 0);
      assert(!events.includes('shardDown'));
    });

    it(`${fault}: a get fails in requestTimeout, and a callback follows outage`, async () => {
      const { provider } = redis;
      await using missing = createRedisProvider(
        { url: urlOf(server) },
        { requestTimeout: REQUEST_TIMEOUT_MS, outage: 'miss' },
      );
      await Promise.all([provider.set('a', createSession()), missing.provider.ready]);
      if (fault === 'killed') await server.kill();
      else await server.freeze();
      const answered: unknown[] = [];
      provider.get('a', (session) => answered.push(session));
      const missed = new Promise((resolve) => missing.provider.get('a', resolve));
      await assert.rejects(provider.get('a'), ({ code }: { code: string }) =>
        ['ERR_REDIS_UNAVAILABLE', 'ERR_TIMEOUT'].includes(code),
      );
      assert.equal(await missed, undefined);
      assert.deepEqual(answered, []);
      if (fault === 'killed') await server.restart();
      else server.thaw();
      await Promise.all([redis.until('connected'), missing.until('connected')]);
    });
  }

  it('a backlog of small sessions fits into a worker, however small the largest is', async () => {
    await using small = createRedisProvider(
      { url: urlOf(server), prefix: 'small:' },
      { shards: 1, maxSessionBytes: 1_100, requestTimeout: 30_000 },
    );
    const { provider, events } = small;
    await provider.ready;
    await server.freeze();
    const value = 'x'.repeat(1_000);
    const sets = Array.from({ length: 30_000 }, (_, i) =>
      provider.set(`${i}`, createSession({ value })),
    );
    await small.until('reconnecting');
    server.thaw();
    await Promise.all(sets);
    assert.deepEqual(
      events.filter((event) => event.startsWith('error') || event.startsWith('shard')),
      [],
    );
  });

  it('a worker that ends while Redis is away: its successor asks for all of it', async () => {
    const { provider, pool } = createFaultyProvider({
      shards: 2,
      requestTimeout: REQUEST_TIMEOUT_MS,
      store: { kind: 'redis', url: urlOf(server) },
    });
    await using watched = observe(provider);
    await provider.ready;
    await server.kill();
    const setAll = (name: string) =>
      Promise.allSettled(IDS.map((id) => provider.set(`${name} ${id}`, createSession({ id }))));
    const early = setAll('early');
    await watched.until('reconnecting');
    const late = setAll('late');
    for (const shard of [0, 1]) {
      const down = new Promise((resolve) => provider.once('shardDown', resolve));
      pool.terminate(shard);
      await down;
    }
    await server.restart();
    await Promise.all([early, late]);
    await watched.until('connected');
    await provider.flush();
    for (const id of IDS) {
      assert.equal((await provider.get(`early ${id}`))?.get('id'), id);
      assert.equal((await provider.get(`late ${id}`))?.get('id'), id);
    }
    assert.deepEqual(
      watched.events.filter((event) => event.startsWith('error')),
      [],
    );
  });

  it('connections are killed under load: every set that was acknowledged is there', async () => {
    const { provider } = redis;
    const acknowledged = new Map<string, number>();
    let sets = 0;
    for (let round = 0; round < 20; round++) {
      const asked = Array.from({ length: 50 }, async () => {
        const n = ++sets;
        const id = `id-${n % 40}`;
        await provider.set(id, createSession({ n })).then(
          () => acknowledged.set(id, Math.max(n, acknowledged.get(id) ?? 0)),
          () => {},
        );
      });
      if (round % 3 === 0)
        await server.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await Promise.all(asked);
    }
    await redis.until('connected');
    await provider.flush();
    assert(acknowledged.size > 0);
    for (const [id, n] of acknowledged) {
      const found = Number((await provider.get(id))?.get('n'));
      assert(found >= n, `${id}: expected ${n} or later, got ${found}`);
    }
  });

  it('closing while it is away ends in requestTimeout', async () => {
    await server.kill();
    redis.provider.set('a', createSession()).catch(() => {});
    await redis.provider.close();
    await assert.rejects(redis.provider.get('a'), { code: 'ERR_CLOSED' });
    await server.restart();
  });
});

describe('Redis is away at the start', needsRedis(), () => {
  it('ready rejects, and what is asked is done when it is there', async () => {
    await using server = await RedisProcess.start();
    await server.kill();
    await using redis = createRedisProvider(
      { url: urlOf(server) },
      { requestTimeout: REQUEST_TIMEOUT_MS },
    );
    await assert.rejects(redis.provider.ready, {
      code: 'ERR_REDIS_UNAVAILABLE',
      message: /expected a server that answers, got: connect E/,
    });
    await assert.rejects(redis.provider.set('a', createSession({ n: 1 })));
    await server.restart();
    await redis.until('connected');
    assert.equal((await redis.provider.get('a'))?.get('n'), 1);
  });
});
