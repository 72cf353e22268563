import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { needsRedis } from '../redis-servers/redis-binary.js';
import { RedisProcess } from '../redis-servers/redis-process.js';
import { createSession } from '../twins/test-provider.js';
import { urlOf } from './redis-provider.js';
import { startServer } from './server-clocks.js';
import { SlowWay } from './slow-way.js';

const IDS = Array.from({ length: 30 }, (_, i) => `id-${i}`);
const WRONG_MS = 25 * 3_600_000;
const LEASE_MS = 604_800_000;

describe('several servers, one Redis', needsRedis(), () => {
  let redis: RedisProcess;
  let url: string;
  before(async () => {
    redis = await RedisProcess.start();
    url = urlOf(redis);
  });
  after(() => redis.stop());
  beforeEach(() => redis.admin.flushall());

  for (const shards of [1, 2, 7])
    it(`two servers of ${shards} shards set one id in one millisecond: the one that comes later stays`, async () => {
      await using one = startServer({ url, shards, writer: 0.3 });
      await using other = startServer({ url, shards: 1, writer: 0.7 });
      const nowMs = Date.now();
      for (const { setClock } of [one, other]) setClock(() => nowMs);
      for (const [n, { provider }] of [one, other, one, other, other, one].entries()) {
        await Promise.all(IDS.map((id) => provider.set(id, createSession({ n }))));
        const found = await Promise.all(IDS.map((id) => other.provider.get(id)));
        assert.deepEqual(new Set(found.map((session) => session?.get('n'))), new Set([n]));
      }
    });

  for (const [wrong, aheadMs] of [
    ['behind', -WRONG_MS],
    ['ahead', WRONG_MS],
  ] as const)
    it(`a server whose clock is 25 h ${wrong} when it starts and is set right: nothing is lost`, async () => {
      await using one = startServer({ url, shards: 2, writer: 0.3, aheadMs });
      await using other = startServer({ url, shards: 1, writer: 0.7 });
      let n = 0;
      /** A session moves to and fro between the servers, as clients do. */
      const move = async () => {
        for (const { provider } of [one, other, one, one, other, other]) {
          const session = (await provider.get('a')) ?? createSession();
          assert.equal(session.get('n'), n === 0 ? undefined : n);
          session.set('n', ++n);
          await provider.set('a', session);
          const leftMs = await redis.admin.pttl('jstp:session:a');
          assert(leftMs > LEASE_MS - 60_000 && leftMs <= LEASE_MS, `${leftMs}`);
        }
      };
      await move();
      await one.provider.set('b', createSession({ n: 1 }));
      await other.provider.set('b', createSession({ n: 2 }));
      assert.equal((await one.provider.get('b'))?.get('n'), 2);
      one.setClock(() => Date.now());
      await move();
      await one.provider.set('c', createSession({ n: 1 }));
      await other.provider.set('c', createSession({ n: 2 }));
      assert.equal((await one.provider.get('c'))?.get('n'), 2);
    });

  it('a server that was ahead sets again what it had set, without having read it: the later one stays', async () => {
    await using one = startServer({ url, shards: 1, writer: 0.3, aheadMs: WRONG_MS });
    const { provider, setClock } = one;
    await provider.set('a', createSession({ n: 1 }));
    setClock(() => Date.now());
    await provider.set('a', createSession({ n: 2 }));
    assert.equal((await provider.get('a'))?.get('n'), 2);
  });

  it('a set that was delayed does not bring back what another server has deleted since; a later one does', async () => {
    await using way = await SlowWay.to(redis.address);
    await using one = startServer({ url: way.url, shards: 2, writer: 0.3 });
    await using other = startServer({ url, shards: 1, writer: 0.7 });
    const stored = IDS.slice(0, 15);
    await Promise.all(stored.map((id) => one.provider.set(id, createSession({ n: 1 }))));
    const nowMs = Date.now();
    one.setClock(() => nowMs);
    other.setClock(() => nowMs + 1);
    way.hold();
    const delayed = IDS.map((id) => one.provider.set(id, createSession({ n: 2 })));
    const deleted = await Promise.all(IDS.map((id) => other.provider.delete(id)));
    assert.deepEqual(
      deleted,
      IDS.map((id) => stored.includes(id)),
    );
    way.letGo();
    await Promise.all(delayed);
    for (const id of IDS) {
      assert.equal(await one.provider.get(id), undefined);
      assert.equal(await other.provider.get(id), undefined);
    }
    assert.equal(await other.provider.size(), 0);
    one.setClock(() => nowMs + 2);
    await one.provider.set('id-1', createSession({ n: 3 }));
    assert.equal((await other.provider.get('id-1'))?.get('n'), 3);
    assert.equal(await other.provider.size(), 1);
  });

  it('what a server sets, deletes and sets in one turn is there, whatever its clock does', async () => {
    await using one = startServer({ url, shards: 2, writer: 0.3 });
    const { provider, setClock } = one;
    const nowMs = Date.now();
    for (const offsetMs of [0, 0, -1_000, -200_000, 5_000]) {
      setClock(() => nowMs + offsetMs);
      for (const id of IDS) {
        void provider.set(id, createSession({ n: 1 }));
        void provider.delete(id);
        void provider.set(id, createSession({ n: 2 }));
      }
      const found = await Promise.all(IDS.map((id) => provider.get(id)));
      assert.deepEqual(new Set(found.map((session) => session?.get('n'))), new Set([2]));
    }
  });
});
