import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { needsRedis } from '../redis-servers/redis-binary.js';
import { RedisCluster } from '../redis-servers/redis-cluster.js';
import { RedisProcess } from '../redis-servers/redis-process.js';
import { waitUntil } from '../redis-servers/wait-until.js';
import { createSession } from '../twins/test-provider.js';
import { nodesOf } from './cluster-fault.js';
import { createRedisProvider, urlOf } from './redis-provider.js';
import { REFUSALS, refuseWrites } from './refuse-writes.js';

const IDS = Array.from({ length: 60 }, (_, i) => `id-${i}`);
const DAY_MS = 86_400_000;
/** Long enough for workers to start on a machine that is busy. */
const REQUEST_TIMEOUT_MS = 20_000;

describe('Redis can be read and takes no writes', needsRedis(), () => {
  for (const [refusal, shards] of [
    ['MISCONF', 1],
    ['NOREPLICAS', 2],
    ['MISCONF', 7],
  ] as const)
    it(`${refusal}, ${shards} shards: gets are answered, leases are renewed later, sets are kept`, async () => {
      await using server = await RedisProcess.start();
      await using redis = createRedisProvider(
        { url: urlOf(server) },
        { shards, requestTimeout: REQUEST_TIMEOUT_MS },
      );
      const { provider } = redis;
      for (const id of IDS) {
        void provider.set(id, createSession({ n: 1 }));
        void provider.setInactive(id);
      }
      await provider.flush();
      const takeWrites = await refuseWrites(server, refusal);
      for (const id of IDS) assert.equal((await provider.get(id))?.get('n'), 1);
      assert(redis.events.includes('reconnecting ERR_REDIS_UNAVAILABLE'));
      // They leave, and come back while nothing can be written.
      const sets = IDS.slice(0, 30).map((id) => provider.set(id, createSession({ n: 2 })));
      for (const [i, id] of IDS.entries()) {
        assert.equal((await provider.get(id))?.get('n'), i < 30 ? 2 : 1);
      }
      await takeWrites();
      await Promise.all(sets);
      await redis.until('connected');
      for (const id of IDS) {
        const leftMs = await server.admin.pttl(`jstp:session:${id}`);
        assert(leftMs > 6 * DAY_MS, `${id} lives for ${leftMs} ms`);
      }
      for (const event of redis.events) assert.match(event, /^connected|^reconnecting/);
    });

  it('a provider that starts while the disk is full serves gets', async () => {
    await using server = await RedisProcess.start();
    await using before = createRedisProvider(
      { url: urlOf(server) },
      { requestTimeout: REQUEST_TIMEOUT_MS },
    );
    await before.provider.set('a', createSession({ n: 1 }));
    await refuseWrites(server, 'MISCONF');
    await using redis = createRedisProvider(
      { url: urlOf(server) },
      { requestTimeout: REQUEST_TIMEOUT_MS },
    );
    await redis.provider.ready;
    assert.equal((await redis.provider.get('a'))?.get('n'), 1);
  });

  it('one node of a cluster takes no writes: all gets are answered, only its sets wait', async () => {
    await using cluster = await RedisCluster.start({ replicasPerPrimary: 0 });
    await using redis = createRedisProvider(
      { cluster: nodesOf(cluster) },
      { requestTimeout: REQUEST_TIMEOUT_MS },
    );
    const { provider } = redis;
    const refusing = await cluster.primaryOf('jstp:session:id-0');
    let others = 0;
    for (const id of IDS) {
      if ((await cluster.primaryOf(`jstp:session:${id}`)) !== refusing) others++;
    }
    await Promise.all(IDS.map((id) => provider.set(id, createSession({ n: 0 }))));
    for (const [i, refusal] of REFUSALS.entries()) {
      const n = i + 1;
      const takeWrites = await refuseWrites(refusing, refusal);
      const before = await Promise.all(IDS.map((id) => provider.get(id)));
      assert.deepEqual(new Set(before.map((session) => session?.get('n'))), new Set([n - 1]));
      let done = 0;
      const sets = IDS.map((id) => provider.set(id, createSession({ n })).then(() => done++));
      const behind = await Promise.all(IDS.map((id) => provider.get(id)));
      assert.deepEqual(new Set(behind.map((session) => session?.get('n'))), new Set([n]));
      await waitUntil('the sets of the other nodes', () => done === others);
      await takeWrites();
      await Promise.all(sets);
      await redis.until('connected');
    }
  });
});
