import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cluster } from 'ioredis';
import { SLOTS } from './cluster-view.js';
import { isAlive } from './process-status.js';
import { needsRedis } from './redis-binary.js';
import { type MoveStep, RedisCluster } from './redis-cluster.js';
import type { RedisProcess } from './redis-process.js';

const KEY = '{user}';
const CREDENTIALS = { username: 'app', password: 'secret' };

describe('redis cluster', needsRedis(), () => {
  let cluster: RedisCluster;
  before(async () => {
    cluster = await RedisCluster.start();
  });
  after(() => cluster?.stop());

  /** A primary that is not this one. */
  const anotherPrimary = async (than: RedisProcess): Promise<RedisProcess> => {
    const nodes = await cluster.nodes();
    const other = nodes.find(({ role, process }) => role === 'primary' && process !== than);
    assert(other);
    return other.process;
  };

  it('started: 3 primaries share the slots, each with a replica', async () => {
    const nodes = await cluster.nodes();
    const primaries = nodes.filter(({ role }) => role === 'primary');
    const slots = primaries.flatMap((node) =>
      node.slots.map(({ first, last }) => last - first + 1),
    );
    assert.equal(slots.length, 3);
    assert.equal(
      slots.reduce((sum, count) => sum + count),
      SLOTS,
    );
    for (const { process } of primaries) {
      assert.equal((await cluster.replicasOf(process)).length, 1);
    }
    for (const { role, process } of nodes) {
      assert.match(String(await process.admin.cluster('INFO')), /cluster_state:ok/);
      if (role === 'replica') assert.equal((await process.admin.role())[3], 'connected');
    }
  });

  it('primary of a key: the node that takes it', async () => {
    for (const key of ['a', 'b', 'c', KEY]) {
      const primary = await cluster.primaryOf(key);
      assert.equal(primary, await cluster.primaryOf(await cluster.slotOf(key)));
      assert.equal(await primary.admin.set(key, 'value'), 'OK');
      await assert.rejects((await anotherPrimary(primary)).admin.set(key, 'value'), /MOVED/);
    }
  });

  it('failover: the replica is the primary, the primary its replica, with the same data', async () => {
    const primary = await cluster.primaryOf(KEY);
    await primary.admin.set(KEY, 'before a failover');
    await primary.admin.wait(1, 10_000);
    const [replica] = await cluster.replicasOf(primary);
    assert(replica);
    await cluster.failover(replica);
    assert.equal(await cluster.primaryOf(KEY), replica);
    assert.deepEqual(await cluster.replicasOf(replica), [primary]);
    assert.equal(await replica.admin.get(KEY), 'before a failover');
  });

  it('replica that lost its connection to its primary: the cluster is in order when it has it again', async () => {
    const [replica] = await cluster.replicasOf(await cluster.primaryOf(KEY));
    assert(replica);
    await replica.admin.call('CLIENT', 'KILL', 'TYPE', 'master');
    await cluster.waitUntilOk();
    assert.equal((await replica.admin.role())[3], 'connected');
  });

  it('slot moved: step by step, with its keys; the others stay', async () => {
    const slot = await cluster.slotOf(KEY);
    const source = await cluster.primaryOf(slot);
    const target = await anotherPrimary(source);
    await source.admin.flushall();
    const keys = Array.from({ length: 25 }, (_, i) => `${KEY}${i}`);
    await Promise.all(keys.map((key) => source.admin.set(key, key)));
    const seen: [MoveStep, number, number][] = [];
    await cluster.moveSlot(slot, target, {
      afterStep: async (step) => {
        const [left, moved] = await Promise.all([source.admin.dbsize(), keysIn(target, slot)]);
        seen.push([step, left, moved]);
        if (step === 'opened') {
          await assert.rejects(source.admin.get(`${KEY}missing`), /ASK/);
          await assert.rejects(target.admin.get(`${KEY}0`), /MOVED/);
        }
      },
    });
    assert.deepEqual(seen, [
      ['opened', 25, 0],
      ['some keys moved', 15, 10],
      ['some keys moved', 5, 20],
      ['keys moved', 0, 25],
      ['taken', 0, 25],
      ['given', 0, 25],
    ]);
    assert.equal(await cluster.primaryOf(slot), target);
    assert.equal(await cluster.primaryOf(slot + 1), source);
    assert.equal(await target.admin.get(`${KEY}24`), `${KEY}24`);
    await assert.rejects(source.admin.get(`${KEY}24`), /MOVED/);
  });

  it('primary frozen, then thawed: its replica serves, and it becomes the replica', async () => {
    const frozen = await cluster.primaryOf('a');
    const [replica] = await cluster.replicasOf(frozen);
    await frozen.freeze();
    await cluster.waitUntilOk();
    const own = (await cluster.nodes()).find(({ process }) => process === replica);
    assert.equal(own?.role, 'primary');
    assert.equal(await cluster.primaryOf('a'), replica);
    frozen.thaw();
    // Even while the thawed one still claims it.
    assert.equal(await cluster.primaryOf('a'), replica);
    await cluster.waitUntilOk();
    assert.equal(await cluster.primaryOf('a'), replica);
    const roles = (await cluster.nodes()).map(({ role }) => role).sort();
    assert.deepEqual(roles, ['primary', 'primary', 'primary', 'replica', 'replica', 'replica']);
  });

  it('primary killed, then restarted: its replica serves, and it comes back as the replica', async () => {
    const killed = await cluster.primaryOf('b');
    const [replica] = await cluster.replicasOf(killed);
    assert(replica);
    await killed.kill();
    assert.equal(await cluster.primaryOf('b'), replica);
    await cluster.waitUntilOk();
    assert.equal(await replica.admin.set('b', 'written without the old primary'), 'OK');
    await killed.restart();
    await cluster.waitUntilOk();
    assert.deepEqual(await cluster.replicasOf(replica), [killed]);
    assert.equal(await killed.admin.dbsize(), await replica.admin.dbsize());
  });

  it('primary restarted at once: the cluster is in order when it can be written to again', async () => {
    await (await cluster.primaryOf('c')).restart();
    await cluster.waitUntilOk();
    assert.equal(await (await cluster.primaryOf('c')).admin.set('c', 'value'), 'OK');
  });

  it('stopped: no process is left', async () => {
    const pids = cluster.processes.map(({ pid }) => pid);
    assert.equal(pids.filter(isAlive).length, 6);
    await cluster.stop();
    assert.deepEqual(pids.filter(isAlive), []);
  });
});

describe('redis cluster of another kind', needsRedis(), () => {
  it('tls, a password, 2 primaries: a client writes everywhere, and a slot moves', async (t) => {
    const options = { primaries: 2, credentials: CREDENTIALS, listen: 'tls' } as const;
    const cluster = await RedisCluster.start(options);
    t.after(() => cluster.stop());
    const [first, second] = cluster.processes;
    assert(first && second && 'port' in first.address);
    const redisOptions = { ...first.clientOptions, disconnectTimeout: 0 };
    const client = new Cluster([first.address], { redisOptions });
    t.after(() => client.disconnect());
    const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`);
    await Promise.all(keys.map((key) => client.set(key, key)));
    const sizes = await Promise.all([first.admin.dbsize(), second.admin.dbsize()]);
    assert(sizes[0] > 0 && sizes[1] > 0 && sizes[0] + sizes[1] === keys.length);
    const source = await cluster.primaryOf('key 0');
    await cluster.moveSlot(await cluster.slotOf('key 0'), source === first ? second : first);
    assert.equal(await client.get('key 0'), 'key 0');
  });
});

async function keysIn(process: RedisProcess, slot: number): Promise<number> {
  return Number(await process.admin.cluster('COUNTKEYSINSLOT', slot));
}
