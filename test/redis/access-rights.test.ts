import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { needsRedis } from '../redis-servers/redis-binary.js';
import { RedisCluster } from '../redis-servers/redis-cluster.js';
import { RedisProcess } from '../redis-servers/redis-process.js';
import { createSession } from '../twins/test-provider.js';
import { nodesOf } from './cluster-fault.js';
import { createRedisProvider, type RedisProvider, urlOf } from './redis-provider.js';
import { refuseWrites } from './refuse-writes.js';

const docs = readFileSync(new URL('../../../docs/many-machines.md', import.meta.url), 'utf8');
const REQUEST_TIMEOUT_MS = 20_000;

/** The lines of the docs that give a user its rights, as `ACL SETUSER` takes them. */
function documentedRules(server: 'one server' | 'cluster'): string[] {
  const [, single = '', cluster = ''] =
    /ACL SETUSER jstp on >password (.*)\n.*cluster also (.*)\n/.exec(docs) ?? [];
  assert(single !== '' && cluster !== '', 'expected the rights in docs/many-machines.md');
  return `${single}${server === 'cluster' ? ` ${cluster}` : ''}`.split(' ');
}

/** All that a provider does, with what it needs in the script. */
async function assertServes({ provider }: RedisProvider): Promise<void> {
  const ids = Array.from({ length: 40 }, (_, i) => `id-${i}`);
  await Promise.all(ids.map((id) => provider.set(id, createSession({ id }))));
  for (const id of ids) assert.equal((await provider.get(id))?.get('id'), id);
  await provider.setInactive('id-1');
  const late = createSession();
  await provider.set('late', late);
  late.buffer.set(1, 'late message');
  await provider.flush();
  assert.equal((await provider.get('late'))?.buffer.get(1), 'late message');
  assert.equal(await provider.delete('id-2'), true);
  assert.equal(await provider.get('id-2'), undefined);
  assert.equal(await provider.size(), ids.length);
  await provider.clear();
  assert.equal(await provider.size(), 0);
}

/** The name of the connection is all that is refused and not missed. */
async function assertNothingDenied({ admin }: RedisProcess): Promise<void> {
  const denied = (await admin.call('ACL', 'LOG')) as string[][];
  for (const entry of denied) assert.match(entry.join(' '), /object client\b/);
}

describe('user with the documented rights', needsRedis(), () => {
  it('one server: does all that a provider does, also while writes are refused', async () => {
    await using server = await RedisProcess.start({ listen: 'tcp' });
    await server.admin.call(
      'ACL',
      'SETUSER',
      'jstp',
      'on',
      '>password',
      ...documentedRules('one server'),
    );
    const login = { username: 'jstp', password: 'password', database: 2 };
    await using redis = createRedisProvider(
      { url: urlOf(server), ...login },
      { requestTimeout: REQUEST_TIMEOUT_MS },
    );
    await assertServes(redis);
    await redis.provider.set('a', createSession({ n: 1 }));
    const takeWrites = await refuseWrites(server, 'NOREPLICAS');
    assert.equal((await redis.provider.get('a'))?.get('n'), 1);
    await takeWrites();
    await redis.until('connected');
    await assertNothingDenied(server);
  });

  it('cluster: does all that a provider does', async () => {
    await using cluster = await RedisCluster.start({ replicasPerPrimary: 0 });
    for (const { admin } of cluster.processes) {
      await admin.call('ACL', 'SETUSER', 'jstp', 'on', '>password', ...documentedRules('cluster'));
    }
    const login = { username: 'jstp', password: 'password' };
    await using redis = createRedisProvider(
      { cluster: nodesOf(cluster), ...login },
      { requestTimeout: REQUEST_TIMEOUT_MS },
    );
    await assertServes(redis);
    for (const server of cluster.processes) await assertNothingDenied(server);
  });
});
