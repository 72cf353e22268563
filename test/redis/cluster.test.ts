import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ShardedSessionStorageProvider } from '../../src/index.js';
import { needsRedis } from '../redis-servers/redis-binary.js';
import { RedisCluster } from '../redis-servers/redis-cluster.js';
import { createSession } from '../twins/test-provider.js';
import { FAULTS, measureFault, nodesOf } from './cluster-fault.js';
import { createRedisProvider } from './redis-provider.js';

const OPTIONS = { requestTimeoutMs: 2_000, freezeMs: 6_000, behindMs: 500 };

/** All at once. */
async function assertServesAll(
  provider: ShardedSessionStorageProvider,
  ids: readonly string[],
): Promise<void> {
  await Promise.all(ids.map((id, n) => provider.set(id, createSession({ n }))));
  const found = await Promise.all(ids.map((id) => provider.get(id)));
  assert.deepEqual(
    found.map((session) => session?.get('n')),
    ids.map((_, n) => n),
  );
}

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

  for (const [has, prefix] of [
    ['all sessions', '{jstp}:'],
    ['a few of the sessions', 'jstp:session:'],
  ] as const)
    it(`a slot that has ${has} moves: all of them, and new ones, are served at each step`, async () => {
      await using cluster = await RedisCluster.start();
      const nodes = nodesOf(cluster);
      await using redis = createRedisProvider({ cluster: nodes, prefix }, { shards: 1 });
      const { provider } = redis;
      const ids = Array.from({ length: 40 }, (_, i) => `id-${i}`);
      await Promise.all(ids.map((id) => provider.set(id, createSession({ n: 0 }))));
      const sameSlot = `{${prefix}id-0}`;
      const slot = await cluster.slotOf(`${prefix}id-0`);
      const owner = await cluster.primaryOf(slot);
      const other = (await cluster.nodes()).find(
        (n) => n.role === 'primary' && n.process !== owner,
      );
      assert(other !== undefined);
      let step = 0;
      const afterStep = async () => {
        step++;
        // All in one call: some here, some there, some nowhere yet.
        ids.push(`${sameSlot}new-${step}`);
        const missing = provider.get(`${sameSlot}unknown-${step}`);
        await Promise.all(ids.map((id) => provider.set(id, createSession({ n: step }))));
        const found = await Promise.all(ids.map((id) => provider.get(id)));
        assert.deepEqual(new Set(found.map((session) => session?.get('n'))), new Set([step]));
        assert.equal(await missing, undefined);
      };
      await cluster.moveSlot(slot, other.process, { afterStep });
      assert(step >= 4);
    });

  it('sessions of one node are asked for in one call, whatever their slots', async (t) => {
    await using cluster = await RedisCluster.start({ replicasPerPrimary: 0 });
    const info = (await cluster.processes[0]?.admin.info('server')) ?? '';
    if (Number(/redis_version:(\d+)/.exec(info)?.[1]) < 7) return t.skip('needs Redis 7');
    await using redis = createRedisProvider({ cluster: nodesOf(cluster) }, { shards: 1 });
    const { provider } = redis;
    await provider.ready;
    const ids = Array.from({ length: 300 }, (_, i) => `id-${i}`);
    await assertServesAll(provider, ids);
    let calls = 0;
    for (const { admin } of cluster.processes) {
      const stats = await admin.info('commandstats');
      for (const [, count] of stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g))
        calls += Number(count);
    }
    assert(calls > 0 && calls < ids.length / 5, `${calls} calls`);
  });

  it('a node that is full: its sessions are got, and sets of its sessions alone are refused', async () => {
    await using cluster = await RedisCluster.start({ replicasPerPrimary: 0 });
    await using redis = createRedisProvider({ cluster: nodesOf(cluster) }, { shards: 1 });
    const { provider } = redis;
    const ids = Array.from({ length: 90 }, (_, i) => `id-${i}`);
    await Promise.all(ids.map((id) => provider.set(id, createSession({ n: 1 }))));
    const full = await cluster.primaryOf('jstp:session:id-0');
    await full.admin.config('SET', 'maxmemory', '1');
    const setting = ids.map((id) => {
      const stored = provider.set(id, createSession({ n: 2 }));
      return { stored, inactive: provider.setInactive(id) };
    });
    const sets = await Promise.allSettled(setting.map(({ stored }) => stored));
    await Promise.all(setting.map(({ inactive }) => inactive));
    for (const id of ids) {
      const primary = await cluster.primaryOf(`jstp:session:${id}`);
      const leftMs = await primary.admin.pttl(`jstp:session:${id}`);
      assert(leftMs > 0 && leftMs <= 86_400_000, `${id} is inactive, ${leftMs} ms`);
    }
    const found = await Promise.all(ids.map((id) => provider.get(id)));
    for (const [i, id] of ids.entries()) {
      const isFull = (await cluster.primaryOf(`jstp:session:${id}`)) === full;
      const set = sets[i];
      assert.equal(set?.status === 'rejected' && set.reason.code, isFull && 'ERR_REDIS_OOM');
      assert.equal(found[i]?.get('n'), isFull ? 1 : 2);
    }
  });

  it('a user without a right to the keys: ERR_REDIS_AUTH, and all is done when it has that', async () => {
    const config = ['user limited on >pw ~other:* +@all'];
    await using cluster = await RedisCluster.start({ replicasPerPrimary: 0, config });
    await using redis = createRedisProvider(
      { cluster: nodesOf(cluster), username: 'limited', password: 'pw' },
      { shards: 1, requestTimeout: 1_000 },
    );
    const { provider } = redis;
    await provider.ready;
    const ids = Array.from({ length: 30 }, (_, i) => `id-${i}`);
    const sets = await Promise.allSettled(ids.map((id) => provider.set(id, createSession())));
    for (const set of sets) {
      assert.equal(set.status === 'rejected' && set.reason.code, 'ERR_REDIS_AUTH');
    }
    for (const { admin } of cluster.processes) await admin.call('ACL', 'SETUSER', 'limited', '~*');
    await redis.until('connected');
    for (const id of ids) assert.notEqual(await provider.get(id), undefined);
  });

  it('all operations, over all nodes; and all keys in one slot, whose primary is gone before all is cleared', async () => {
    await using cluster = await RedisCluster.start();
    const nodes = nodesOf(cluster);
    for (const prefix of ['jstp:session:', '{jstp}:']) {
      await using redis = createRedisProvider(
        { cluster: nodes.slice(0, 1), prefix },
        { requestTimeout: 20_000 },
      );
      const { provider } = redis;
      const ids = Array.from({ length: 300 }, (_, i) => `id-${i}`);
      await assertServesAll(provider, ids);
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
