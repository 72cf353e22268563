import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HEAD_BYTES } from '../../src/session-codec.js';
import { RedisBatch } from '../../src/shard/redis/redis-batch.js';
import { Request } from '../../src/shard/redis/request.js';
import { ScriptOp } from '../../src/shard/redis/script.js';
import { LATER } from '../../src/shard/redis/script-results.js';
import { needsRedis } from '../redis-servers/redis-binary.js';
import { type Operation, SERVERS, useScriptServer, value } from './script-server.js';

for (const [name, config] of Object.entries(SERVERS))
  describe(`script, in ${name}`, needsRedis(), () => {
    const redis = useScriptServer(config);
    const { apply, stored } = redis;

    it('a reply ends at a MiB of values; what follows is left for later, whatever it is, and is not done', async () => {
      const large = value([1], 'x'.repeat(600_000));
      for (const key of ['l1', 'l2']) await apply([key, ScriptOp.SET, large]);
      const results = await apply(
        ['l1', ScriptOp.GET],
        ['l2', ScriptOp.GET],
        ['l1', ScriptOp.GET],
        ['l1', ScriptOp.DELETE],
        ['none', ScriptOp.GET],
      );
      assert.deepEqual(results, [large, large, LATER, LATER, LATER]);
      assert.equal(await stored('l1'), large);
    });

    it('a value is replaced by a newer one, and not by an older one, whichever byte tells', async () => {
      const stamps = [
        [0],
        [1],
        [127],
        [128],
        [255],
        [1, 0, 0],
        [1, 0, 255],
        [127, 0, 0],
        [128, 0, 0],
        [1, 0, 0, 0],
        [1, 0, 0, 0, 0],
        [200, 0, 0, 0, 0, 0, 0, 0],
      ];
      for (const [i, older] of stamps.entries()) {
        for (const newer of stamps.slice(i + 1)) {
          const [first, second] = [value(older, 'older'), value(newer, 'newer')];
          await redis.server.admin.del('a');
          assert.deepEqual(
            await apply(
              ['a', ScriptOp.SET, first],
              ['a', ScriptOp.SET, second],
              ['a', ScriptOp.SET, first],
            ),
            [1, 1, null],
          );
          assert.equal(await stored('a'), second);
        }
      }
    });

    it('a value of another format, or of nobody knows whom, is replaced', async () => {
      for (const other of ['', 'x', '{"json": true}', `\x02${'\xff'.repeat(20)}`]) {
        await redis.server.admin.set('a', Buffer.from(other, 'latin1'));
        assert.deepEqual(await apply(['a', ScriptOp.SET, value([1], 'mine')]), [1]);
        assert.equal(await stored('a'), value([1], 'mine'));
      }
    });

    it('a value that is set again stays with what was added to it, and lives anew', async () => {
      const text = value([7], 'text');
      const head = text.slice(0, HEAD_BYTES);
      await apply(['b', ScriptOp.SET, text], ['b', ScriptOp.APPEND, head, '+1']);
      await redis.server.admin.pexpire('b', 1_000);
      assert.deepEqual(await apply(['b', ScriptOp.SET, text]), [1]);
      assert.equal(await stored('b'), `${text}+1`);
      assert((await redis.server.admin.pttl('b')) > 1_000);
    });

    it('an addition that is there already is not added again, another one is', async () => {
      const text = value([7], 'text');
      const head = text.slice(0, HEAD_BYTES);
      await apply(['c', ScriptOp.SET, text]);
      const add = (addition: string): Operation => ['c', ScriptOp.APPEND, head, addition];
      await apply(add('+1'), add('+1'), add('+22'), add('+22'));
      assert.equal(await stored('c'), `${text}+1+22`);
    });

    it('an addition that found no memory: none follows it in the same call', async () => {
      const text = value([7], 'text');
      const head = text.slice(0, HEAD_BYTES);
      await apply(['d', ScriptOp.SET, text]);
      await redis.server.admin.config('SET', 'maxmemory', '1');
      const [first, second, got] = await apply(
        ['d', ScriptOp.APPEND, head, '+1'],
        ['d', ScriptOp.APPEND, head, '+2'],
        ['d', ScriptOp.GET],
      );
      await redis.server.admin.config('SET', 'maxmemory', '0');
      for (const refused of [first, second]) {
        assert(refused instanceof Error);
        assert.match(refused.message, /OOM/);
        assert.equal(refused.name, 'ReplyError');
      }
      assert.equal(got, text);
    });

    it('a get gives a value more life, and nothing where there is none', async () => {
      await apply(['g', ScriptOp.SET, value([7], 'text')]);
      await redis.server.admin.pexpire('g', 1_000);
      assert.deepEqual(await apply(['g', ScriptOp.GET], ['none', ScriptOp.GET]), [
        value([7], 'text'),
        null,
      ]);
      assert((await redis.server.admin.pttl('g')) > 1_000);
      assert.equal(await redis.server.admin.exists('none'), 0);
    });

    it('a replica refuses a get, as it cannot give more life', async () => {
      await apply(['h', ScriptOp.SET, value([7], 'text')]);
      await redis.server.admin.call('REPLICAOF', '127.0.0.1', '1');
      const got = await apply(['h', ScriptOp.GET]).catch((error: unknown) => [error]);
      await redis.server.admin.call('REPLICAOF', 'NO', 'ONE');
      assert.match(String(got[0]), /READONLY/);
    });

    it('each operation on what is no string fails alone', async () => {
      await redis.server.admin.rpush('list', 'a');
      const text = value([7], 'text');
      const head = text.slice(0, HEAD_BYTES);
      const results = await apply(
        ['e', ScriptOp.SET, text],
        ['list', ScriptOp.GET],
        ['list', ScriptOp.SET, text],
        ['list', ScriptOp.APPEND, head, '+'],
        ['e', ScriptOp.GET],
        ['list', ScriptOp.TOUCH],
        ['list', ScriptOp.DELETE],
      );
      for (const at of [1, 2, 3]) assert.match(String(results[at]), /WRONGTYPE/);
      assert.deepEqual([results[0], results[4], results[5], results[6]], [1, text, 1, 1]);
    });

    it('long lifetimes are told to the ms', async () => {
      const { clock } = redis;
      const request = new Request(new RedisBatch(1));
      request.add('f', 'f', ScriptOp.SET, clock.now() + 2 ** 52, value([1], 'x'), '');
      await redis.client.script.apply(request.keys, request.pack(clock.now()));
      const left = await redis.server.admin.pttl('f');
      assert(left > 2 ** 52 - 60_000 && left <= 2 ** 52, `${left}`);
    });
  });
