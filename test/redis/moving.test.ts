import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type JstpSession, ShardedSessionStorageProvider } from '../../src/index.js';
import { needsRedis } from '../redis-servers/redis-binary.js';
import { RedisProcess } from '../redis-servers/redis-process.js';
import { createSession } from '../twins/test-provider.js';
import { urlOf } from './redis-provider.js';

/** As in `docs/many-machines.md`. */
function movingProvider(
  redis: ShardedSessionStorageProvider,
  journal: ShardedSessionStorageProvider,
) {
  return {
    isAsync: () => true,
    get(id: string, callback: (session: JstpSession | undefined) => void) {
      redis
        .get(id)
        .then((session) => session ?? journal.get(id))
        .then(callback, () => {});
    },
    set: (id: string, session: JstpSession) => redis.set(id, session),
    setInactive: (id: string) => redis.setInactive(id),
  };
}

describe('moving to Redis', needsRedis(), () => {
  let server: RedisProcess;
  let directory = '';
  before(async () => {
    server = await RedisProcess.start();
    directory = await mkdtemp(join(tmpdir(), 'jstp-moving-'));
  });
  after(async () => {
    await server.stop();
    await rm(directory, { recursive: true });
  });

  const openJournal = () =>
    new ShardedSessionStorageProvider({ shards: 2, store: { kind: 'journal', directory } });
  const openRedis = () =>
    new ShardedSessionStorageProvider({ shards: 1, store: { kind: 'redis', url: urlOf(server) } });

  it('from the journal: who returns has his session, and has it in Redis from then on', async () => {
    const before = openJournal();
    for (const id of ['stays away', 'returns']) {
      const session = createSession({ id, visits: 1 });
      session.buffer.set(1, [`for ${id}`]);
      before.set(id, session);
      before.setInactive(id);
    }
    await before.close();

    await using journal = openJournal();
    await using redis = openRedis();
    await Promise.all([journal.ready, redis.ready]);
    const provider = movingProvider(redis, journal);
    const restore = (id: string) =>
      new Promise<JstpSession | undefined>((resolve) => provider.get(id, resolve));
    const returned = await restore('returns');
    assert.deepEqual([returned?.get('visits'), returned?.buffer.get(1)], [1, ['for returns']]);
    returned?.set('visits', 2);
    provider.set('returns', returned as JstpSession);
    provider.setInactive('returns');
    assert.equal((await restore('returns'))?.get('visits'), 2);
    assert.equal((await restore('stays away'))?.get('visits'), 1);
    assert.equal(await restore('unknown'), undefined);

    await using later = openRedis();
    assert.equal((await later.get('returns'))?.get('visits'), 2);
    assert.equal(await redis.size(), 1);
  });
});
