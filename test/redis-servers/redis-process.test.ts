import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Redis } from 'ioredis';
import { isAlive } from './process-status.js';
import { needsRedis } from './redis-binary.js';
import type { RedisProcessOptions } from './redis-config.js';
import { RedisProcess } from './redis-process.js';
import { waitUntil } from './wait-until.js';

async function start(t: TestContext, options: RedisProcessOptions = {}): Promise<RedisProcess> {
  const server = await RedisProcess.start(options);
  t.after(() => server.stop());
  return server;
}

/** Rejects with what keeps the client from connecting. */
async function connect(t: TestContext, server: RedisProcess, options = {}): Promise<Redis> {
  const connection = { ...server.clientOptions, lazyConnect: true, retryStrategy: null };
  const client = new Redis({ ...connection, disconnectTimeout: 0, ...options });
  t.after(() => client.disconnect());
  await Promise.all([once(client, 'ready'), client.connect()]);
  return client;
}

function socketPathOf({ address }: RedisProcess): string {
  assert('path' in address);
  return address.path;
}

describe('redis process', needsRedis(), () => {
  for (const listen of ['unix', 'tcp', 'tls'] as const) {
    it(`listening by ${listen}: a client reaches it with what it gives`, async (t) => {
      const server = await start(t, { listen });
      assert.equal('path' in server.address, listen === 'unix');
      assert.equal(await (await connect(t, server)).set('key', 'value'), 'OK');
      assert.equal(await server.admin.get('key'), 'value');
    });
  }

  it('listening by tls: a client without the authority, or without tls, is refused', async (t) => {
    const server = await start(t, { listen: 'tls' });
    await assert.rejects(connect(t, server, { tls: {} }), /certificate/);
    await assert.rejects(connect(t, server, { tls: undefined }), /closed|ECONNRESET|EPIPE/);
  });

  for (const username of [undefined, 'app']) {
    it(`password of ${username ?? 'the default user'}: needed, and may have any characters`, async (t) => {
      const password = 'a "quoted\\ #password';
      const credentials = { password, ...(username !== undefined && { username }) };
      const server = await start(t, { credentials });
      assert.equal(await server.admin.acl('WHOAMI'), username ?? 'default');
      const nothing = { username: undefined, password: undefined };
      await assert.rejects(connect(t, server, nothing), /NOAUTH/);
    });
  }

  it('stopped: no process and no directory left, and stopping again does nothing', async (t) => {
    const server = await start(t);
    const { pid } = server;
    assert(isAlive(pid));
    await server.stop();
    await server.stop();
    assert(!isAlive(pid));
    assert(!server.running);
    assert(!existsSync(dirname(socketPathOf(server))));
  });

  it('stopped while frozen: no process left', async (t) => {
    const server = await start(t);
    await server.freeze();
    await server.stop();
    assert(!isAlive(server.pid));
  });

  it('frozen: answers only when it is thawed, by the same connection', async (t) => {
    const server = await start(t);
    const impatient = await connect(t, server, { commandTimeout: 100 });
    const patient = await connect(t, server);
    await server.freeze();
    assert(server.running && !server.answering);
    const answer = patient.ping();
    await assert.rejects(impatient.ping(), /timed out/);
    server.thaw();
    assert.equal(await answer, 'PONG');
    assert(server.answering);
  });

  for (const listen of ['unix', 'tcp'] as const) {
    it(`killed and restarted, listening by ${listen}: at the same address, empty`, async (t) => {
      const server = await start(t, { listen });
      const { address, pid } = server;
      await server.admin.set('key', 'value');
      await server.kill();
      assert(!server.running && !isAlive(pid));
      await assert.rejects(server.admin.ping());
      await server.restart();
      assert.notEqual(server.pid, pid);
      assert.deepEqual(server.address, address);
      assert.equal(await server.admin.dbsize(), 0);
    });
  }

  it('append-only, restarted while it runs: has its data', async (t) => {
    const server = await start(t, { appendOnly: true });
    const { pid } = server;
    await server.admin.set('key', 'value');
    await server.restart();
    assert(!isAlive(pid));
    assert.equal(await server.admin.get('key'), 'value');
  });

  it('replica, killed and restarted: empty, and no replica', async (t) => {
    const primary = await start(t, { listen: 'tcp' });
    await primary.admin.set('key', 'value');
    const replica = await start(t);
    assert('port' in primary.address);
    await replica.admin.replicaof(primary.address.host, primary.address.port);
    await waitUntil('a replica in sync', async () => (await replica.admin.dbsize()) === 1);
    await replica.restart();
    assert.equal((await replica.admin.role())[0], 'master');
    assert.equal(await replica.admin.dbsize(), 0);
  });

  it('further configuration: has its effect', async (t) => {
    const config = ['maxmemory 3mb', 'maxmemory-policy noeviction'];
    const server = await start(t, { config });
    assert.deepEqual(await server.admin.config('GET', 'maxmemory'), ['maxmemory', '3145728']);
    const filled = server.admin.set('key', Buffer.alloc(4_194_304)).then(() => {
      return server.admin.set('other', 'value');
    });
    await assert.rejects(filled, /OOM/);
  });

  it('wrong configuration: rejects with what the server logged', async () => {
    await assert.rejects(RedisProcess.start({ config: ['no-such-directive yes'] }), /no-such-dir/);
  });

  it('port taken by another server: takes another port', async (t) => {
    const first = await start(t, { listen: 'tcp' });
    assert('port' in first.address);
    const { port } = first.address;
    const second = await start(t, { listen: 'tcp', port });
    assert('port' in second.address && second.address.port !== port);
    assert.equal(await second.admin.ping(), 'PONG');
  });

  it('port taken by another server when restarted: rejects', async (t) => {
    const first = await start(t, { listen: 'tcp' });
    assert('port' in first.address);
    const { address } = first;
    await first.kill();
    const other = await start(t, { config: [`bind ${address.host}`, `port ${address.port}`] });
    await assert.rejects(first.restart(), /already in use/);
    assert(other.running);
  });

  it('resident bytes: grow by what is stored', {
    skip: process.platform !== 'linux',
  }, async (t) => {
    const server = await start(t);
    const beforeBytes = server.residentBytes();
    await server.admin.set('key', Buffer.alloc(16_777_216, 1));
    assert(server.residentBytes() - beforeBytes > 16_000_000);
  });
});
