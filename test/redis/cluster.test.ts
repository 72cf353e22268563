import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { needsRedis } from '../redis-servers/redis-binary.js';
import { RedisCluster } from '../redis-servers/redis-cluster.js';
import { createSession } from '../twins/test-provider.js';
import { FAULTS, measureFault } from './cluster-fault.js';
import { createRedisProvider } from './redis-provider.js';

const OPTIONS = { requestTimeoutMs: 2_000, freezeMs: 6_000, behindMs: 500 };

describe('provider with a cluster of Redis', needsRedis(), () => {
  for (const fault of FAULTS) {
    it(`${fault} under load: what was acknowledged and replicated stays, and errors end`, async () => {
      const report = await measureFault(fault, OPTIONS);
      assert.deepEqual(report.lostReplicated, []);
      if (fault === 'kill with its replica behind') assert.notDeepEqual(report.lost, []);
      if (fault === 'failover' || fault === 'move a slot') assert.deepEqual(report.lost, []);
      for (const code of report.codes) {
        assert(['ERR_TIMEOUT', 'ERR_REDIS_UNAVAILABLE'].includes(code), code);
      }
    });
  }

  it('a slot that has all sessions moves: all of them, and new ones, are served at each step', async () => {
    await using cluster = await RedisCluster.start();
    const nodes = cluster.processes.flatMap(({ address }) => ('port' in address ? [address] : []));
    await using redis = createRedisProvider({ cluster: nodes, prefix: '{jstp}:' }, { shards: 1 });
    const { provider } = redis;
    const ids = Array.from({ length: 40 }, (_, i) => `id-${i}`);
    await Promise.all(ids.map((id) => provider.set(id, createSession({ n: 0 }))));
    const slot = await cluster.slotOf('{jstp}:');
    const owner = await cluster.primaryOf(slot);
    const other = (await cluster.nodes()).find((n) => n.role === 'primary' && n.process !== owner);
    assert(other !== undefined);
    let step = 0;
    const afterStep = async () => {
      step++;
      // All in one call: some here, some there, some nowhere yet.
      ids.push(`new-${step}`);
      const missing = provider.get(`unknown-${step}`);
      await Promise.all(ids.map((id) => provider.set(id, createSession({ n: step }))));
      const found = await Promise.all(ids.map((id) => provider.get(id)));
      assert.deepEqual(new Set(found.map((session) => session?.get('n'))), new Set([step]));
      assert.equal(await missing, undefined);
    };
    await cluster.moveSlot(slot, other.process, { afterStep });
    assert(step > 4);
  });

  it('all operations, over all nodes; and all keys in one slot, whose primary is gone before all is cleared', async () => {
    await using cluster = await RedisCluster.start();
    const nodes = cluster.processes.flatMap(({ address }) => ('port' in address ? [address] : []));
    for (const prefix of ['jstp:session:', '{jstp}:']) {
      await using redis = createRedisProvider(
        { cluster: nodes.slice(0, 1), prefix },
        { requestTimeout: 20_000 },
      );
      const { provider } = redis;
      const ids = Array.from({ length: 300 }, (_, i) => `id-${i}`);
      await Promise.all(ids.map((id, n) => provider.set(id, createSession({ n }))));
      const found = await Promise.all(ids.map((id) => provider.get(id)));
      assert.deepEqual(
        found.map((session) => session?.get('n')),
        ids.map((_, n) => n),
      );
      assert.equal(await provider.size(), 300);
      assert.equal(await provider.delete('id-7'), true);
      if (prefix.startsWith('{')) {
        const primary = await cluster.primaryOf(`${prefix}id-1`);
        await primary.kill();
      }
      await provider.clear();
      assert.equal(await provider.size(), 0);
    }
  });
});
