import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import jstp from '@metarhia/jstp';
import type { ErrorCode } from '../../src/errors.js';
import { needsRedis } from '../redis-servers/redis-binary.js';
import { RedisProcess } from '../redis-servers/redis-process.js';
import { createSession } from '../twins/test-provider.js';
import { createRedisProvider, urlOf } from './redis-provider.js';

const PREFIX = 'jstp:session:';

const DAY_MS = 86_400_000;

describe('provider with one server of Redis', needsRedis(), () => {
  let server: RedisProcess;
  before(async () => {
    server = await RedisProcess.start();
  });
  after(() => server.stop());

  it('what one provider stores the other one gives, with its lifetime', async () => {
    await using one = createRedisProvider({ url: urlOf(server) }, { shards: 7 });
    await using other = createRedisProvider({ url: urlOf(server) }, { shards: 1 });
    const ids = Array.from({ length: 500 }, (_, i) => `shared-${i}`);
    await Promise.all(ids.map((id, n) => one.provider.set(id, createSession({ n }))));
    await one.provider.setInactive('shared-7');
    const left = await server.admin.pttl(`${PREFIX}shared-7`);
    assert(left > 86_390_000 && left <= 86_400_000, `${left}`);
    for (const [n, id] of ids.entries()) assert.equal((await other.provider.get(id))?.get('n'), n);
    const lease = await server.admin.pttl(`${PREFIX}shared-7`);
    assert(lease > 604_790_000 && lease <= 604_800_000, `${lease}`);
    assert.equal(await one.provider.size(), 500);
    assert.equal(await other.provider.delete('shared-7'), true);
    assert.equal(await one.provider.get('shared-7'), undefined);
    await other.provider.clear();
    assert.equal(await one.provider.size(), 0);
  });

  it('messages that the host buffers after the close are found on the other server', async () => {
    await using one = createRedisProvider({ url: urlOf(server) });
    await using other = createRedisProvider({ url: urlOf(server) });
    const session = createSession();
    const stored = one.provider.set('late', session);
    for (let i = 1; i <= 20; i++) {
      session.buffer.set(i, `message ${i}`);
      session.latestBufferedMessageId = i;
      if (i % 5 === 0) await one.provider.flush();
    }
    await stored;
    await one.provider.flush();
    const restored = await other.provider.get('late');
    assert.deepEqual([restored?.buffer.size, restored?.buffer.get(20)], [20, 'message 20']);
  });

  it('scripts are flushed, and nobody notices', async () => {
    await using one = createRedisProvider({ url: urlOf(server) });
    await one.provider.set('a', createSession({ n: 1 }));
    await server.admin.script('FLUSH');
    assert.equal((await one.provider.get('a'))?.get('n'), 1);
    assert.deepEqual(new Set(one.events), new Set(['connected']));
  });

  it('a session that was stored as a string by others is read, if that is asked for', async () => {
    const session = createSession({ name: 'Grüße' });
    session.buffer.set(1, ['message']);
    await server.admin.set(`${PREFIX}text`, session.toString());
    await using strict = createRedisProvider({ url: urlOf(server) });
    const told = once(strict.provider, 'error');
    assert.equal(await strict.provider.get('text'), undefined);
    assert.equal((await told)[0].code, 'ERR_SESSION_UNREADABLE');
    await using reading = createRedisProvider({ url: urlOf(server), readsStrings: true });
    const restored = await reading.provider.get('text');
    assert(restored instanceof jstp.Session);
    assert.deepEqual(
      [restored.id, restored.get('name'), restored.buffer.get(1)],
      [session.id, 'Grüße', ['message']],
    );
    await reading.provider.set('text', restored);
    assert.equal((await strict.provider.get('text'))?.get('name'), 'Grüße');
  });

  it('what cannot be decoded is an error event, and get gives undefined', async () => {
    await using one = createRedisProvider({ url: urlOf(server), readsStrings: true });
    for (const stored of ['\x02newer', '{"no": session', '', 'x']) {
      await server.admin.set(`${PREFIX}odd`, stored);
      const told = once(one.provider, 'error');
      assert.equal(await one.provider.get('odd'), undefined);
      assert.equal((await told)[0].code, 'ERR_SESSION_UNREADABLE');
    }
  });

  it('something else is under the key: ERR_REDIS_WRONG_TYPE, and it stays', async () => {
    await using one = createRedisProvider({ url: urlOf(server) });
    await server.admin.rpush(`${PREFIX}list`, 'a');
    await assert.rejects(one.provider.get('list'), { code: 'ERR_REDIS_WRONG_TYPE' });
    await assert.rejects(one.provider.set('list', createSession()), {
      code: 'ERR_REDIS_WRONG_TYPE',
    });
    assert.equal(await server.admin.llen(`${PREFIX}list`), 1);
    assert.equal(await one.provider.get('other'), undefined);
  });

  it('errors about a session: have neither its id nor its key', async () => {
    const id = '5d0c7f1a-93be-4a61-b0d2-6e8f4c7a2b19';
    await using one = createRedisProvider({ url: urlOf(server), readsStrings: true });
    const { provider } = one;
    const errors: unknown[] = [];
    const told = once(provider, 'error');
    await server.admin.set(PREFIX + id, `{"id":"${id}"x`);
    assert.equal(await provider.get(id), undefined);
    errors.push(...(await told));
    await server.admin.del(PREFIX + id);
    await server.admin.rpush(PREFIX + id, 'a');
    const refused = [provider.set(id, createSession()), provider.get(id)];
    for (const outcome of await Promise.allSettled(refused)) {
      assert(outcome.status === 'rejected');
      errors.push(outcome.reason);
    }
    assert.equal(errors.length, 3, inspect(errors));
    const picture = inspect(errors, { depth: null, showHidden: true });
    assert(!picture.includes(id.slice(8)), picture);
  });

  it('no memory: a set fails with ERR_REDIS_OOM, what is stored stays and is read', async () => {
    await using one = createRedisProvider({ url: urlOf(server) });
    await one.provider.set('full', createSession({ n: 1 }));
    await server.admin.config('SET', 'maxmemory', '1');
    await assert.rejects(one.provider.set('full', createSession({ n: 2 })), {
      code: 'ERR_REDIS_OOM',
    });
    assert.equal((await one.provider.get('full'))?.get('n'), 1);
    const [stored, inactive] = await Promise.allSettled([
      one.provider.set('full', createSession({ n: 2 })),
      one.provider.setInactive('full'),
    ]);
    assert.deepEqual([stored.status, inactive.status], ['rejected', 'fulfilled']);
    assert((await server.admin.pttl(`${PREFIX}full`)) <= DAY_MS, 'it is inactive');
    await server.admin.config('SET', 'maxmemory', '0');
    await one.provider.set('full', createSession({ n: 3 }));
    assert.equal((await one.provider.get('full'))?.get('n'), 3);
  });

  it('a server that becomes a replica: what waits is done when it is a primary again', async () => {
    await using one = createRedisProvider({ url: urlOf(server) }, { requestTimeout: 300 });
    await one.provider.ready;
    await server.admin.replicaof('127.0.0.1', '1');
    const set = one.provider.set('waits', createSession({ n: 1 }));
    await assert.rejects(set, { code: 'ERR_REDIS_READONLY' satisfies ErrorCode });
    assert(one.events.includes('reconnecting ERR_REDIS_READONLY'), `${one.events}`);
    await server.admin.replicaof('NO', 'ONE');
    await one.until('connected');
    assert.equal((await one.provider.get('waits'))?.get('n'), 1);
  });
});
