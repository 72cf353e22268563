import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { needsRedis } from '../redis-servers/redis-binary.js';
import { AUTHORITY_PATH } from '../redis-servers/redis-config.js';
import { RedisProcess } from '../redis-servers/redis-process.js';
import { createSession } from '../twins/test-provider.js';
import { createRedisProvider, urlOf } from './redis-provider.js';

const PASSWORD = 'a secret: p@ss/word';

async function assertServes(store: Parameters<typeof createRedisProvider>[0]): Promise<void> {
  await using redis = createRedisProvider(store);
  await redis.provider.ready;
  await redis.provider.set('a', createSession({ n: 1 }));
  assert.equal((await redis.provider.get('a'))?.get('n'), 1);
}

describe('ways to a server of Redis', needsRedis(), () => {
  it('TCP, with a database and a prefix of their own', async () => {
    await using server = await RedisProcess.start({ listen: 'tcp' });
    const url = urlOf(server);
    await assertServes({ url: `${url}/3`, prefix: 'ü:' });
    assert.equal(await server.admin.dbsize(), 0);
    await server.admin.select(3);
    assert.deepEqual(await server.admin.keys('*'), ['ü:a']);
  });

  it('a database that there is not: it is said, and no other is used', async () => {
    await using server = await RedisProcess.start();
    await using redis = createRedisProvider(
      { url: urlOf(server), database: 20 },
      { requestTimeout: 300 },
    );
    await assert.rejects(redis.provider.ready, { code: 'ERR_REDIS_REPLY', message: /DB index/ });
    await assert.rejects(redis.provider.set('a', createSession()), { code: 'ERR_REDIS_REPLY' });
    assert.equal(await server.admin.dbsize(), 0);
  });

  it('a user who may not look at all keys: clear and size fail, and all else goes on', async () => {
    await using server = await RedisProcess.start({ listen: 'tcp' });
    await server.admin.call(
      'ACL',
      'SETUSER',
      'some',
      'on',
      '>p',
      '~*',
      '+@all',
      '-scan',
      '-unlink',
    );
    await using redis = createRedisProvider({
      url: urlOf(server),
      username: 'some',
      password: 'p',
    });
    const { provider } = redis;
    await provider.set('a', createSession({ n: 1 }));
    await assert.rejects(provider.clear(), { code: 'ERR_REDIS_AUTH' });
    await assert.rejects(provider.size(), { code: 'ERR_REDIS_AUTH' });
    assert.equal((await provider.get('a'))?.get('n'), 1);
    await provider.flush();
    assert.equal((await provider.stats()).connection, 'connected');
  });

  it('TLS, with the certificate of its authority, and not without', async () => {
    await using server = await RedisProcess.start({ listen: 'tls' });
    assert('port' in server.address);
    const url = `rediss://localhost:${server.address.port}`;
    const ca = readFileSync(AUTHORITY_PATH, 'utf8');
    await assertServes({ url, tls: { ca } });
    await using distrusting = createRedisProvider({ url });
    await assert.rejects(distrusting.provider.ready, {
      code: 'ERR_REDIS_UNAVAILABLE',
      message: /certificate/,
    });
  });

  it('TLS to a port without it: says that nothing answered in TLS', async () => {
    await using server = await RedisProcess.start({ listen: 'tcp' });
    await using redis = createRedisProvider(
      { url: urlOf(server).replace('redis:', 'rediss:') },
      { requestTimeout: 300 },
    );
    await assert.rejects(redis.provider.ready, {
      code: 'ERR_REDIS_UNAVAILABLE',
      message: /expected an answer in TLS .*, got none: is it a port without TLS\?/,
    });
  });

  it('no TLS to a port with it: says so', async () => {
    await using server = await RedisProcess.start({ listen: 'tls' });
    await using redis = createRedisProvider({ url: urlOf(server) }, { requestTimeout: 300 });
    await assert.rejects(redis.provider.ready, {
      code: 'ERR_REDIS_UNAVAILABLE',
      message: /(ECONNRESET|closed) before the server had answered: is it a port with TLS\?/,
    });
  });

  it('a user and a password that are words of an error leave its text as it is', async () => {
    await using server = await RedisProcess.start({ credentials: { password: PASSWORD } });
    await using redis = createRedisProvider(
      { url: urlOf(server), username: 'user', password: 'pair' },
      { requestTimeout: 300 },
    );
    await assert.rejects(redis.provider.ready, {
      code: 'ERR_REDIS_AUTH',
      message: /WRONGPASS invalid username-password pair or user is disabled/,
    });
  });

  it('a password, and a user of the access list', async () => {
    await using plain = await RedisProcess.start({ credentials: { password: PASSWORD } });
    await assertServes({ url: urlOf(plain), password: PASSWORD });
    const credentials = { username: 'jstp', password: PASSWORD };
    await using listed = await RedisProcess.start({ listen: 'tcp', credentials });
    await assertServes({ url: urlOf(listed), ...credentials });
    const { host, port } = new URL(urlOf(listed).replace('redis:', 'http:'));
    assert(port !== '');
    await assertServes({ url: `redis://jstp:${encodeURIComponent(PASSWORD)}@${host}` });
  });

  it('a wrong password, or none: ERR_REDIS_AUTH, and no password anywhere', async () => {
    await using server = await RedisProcess.start({ credentials: { password: PASSWORD } });
    for (const password of ['wrong secret', undefined]) {
      const store = { url: urlOf(server), ...(password !== undefined && { password }) };
      await using redis = createRedisProvider(store, { requestTimeout: 300 });
      const told: unknown[] = [];
      for (const name of ['reconnecting', 'error'] as const) {
        redis.provider.on(name, (event: unknown) => told.push(event));
      }
      await assert.rejects(redis.provider.ready, (error: Error & { code: string }) => {
        told.push(error);
        return error.code === 'ERR_REDIS_AUTH';
      });
      await assert.rejects(redis.provider.get('a'), (error: Error & { code: string }) => {
        told.push(error);
        return error.code === 'ERR_REDIS_AUTH';
      });
      told.push(await redis.provider.stats());
      assert.doesNotMatch(inspect(told, { depth: 9, showHidden: true }), /secret/);
      assert.equal(redis.provider.listenerCount('error'), 2);
    }
  });

  it('a server that is loading its data: ERR_REDIS_LOADING, until it has', async () => {
    const config = ['key-load-delay 2000', 'loading-process-events-interval-bytes 1024'];
    await using server = await RedisProcess.start({ appendOnly: true, config });
    await server.admin.debug('POPULATE', '3000', 'k', '1000').catch(() => {});
    for (let i = 0; i < 3_000; i++) void server.admin.set(`k${i}`, 'x'.repeat(1_000));
    await server.admin.ping();
    const restarted = server.restart();
    await using redis = createRedisProvider({ url: urlOf(server) }, { requestTimeout: 300 });
    await assert.rejects(redis.provider.ready, ({ code }: { code: string }) =>
      ['ERR_REDIS_LOADING', 'ERR_REDIS_UNAVAILABLE'].includes(code),
    );
    await restarted;
    await redis.until('connected');
    assert.equal(await redis.provider.get('a'), undefined);
  });
});
