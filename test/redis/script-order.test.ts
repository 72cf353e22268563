import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HEAD_BYTES } from '../../src/session-stamp.js';
import { ScriptOp } from '../../src/shard/redis/script.js';
import { TOMBSTONE_BYTES, TOMBSTONE_MS, tombstoneOf } from '../../src/shard/redis/tombstone.js';
import { needsRedis } from '../redis-servers/redis-binary.js';
import { type Operation, SERVERS, useScriptServer, value } from './script-server.js';

for (const [name, config] of Object.entries(SERVERS))
  describe(`order of values and deletes, in ${name}`, needsRedis(), () => {
    const redis = useScriptServer(config);
    const { apply, stored } = redis;

    it('values of one millisecond: of one writer the count tells, of two the order in which they come', async () => {
      const stamp = (writer: number, count: number) =>
        value([9, writer, count], `${writer} ${count}`);
      for (const [first, second, isLast] of [
        [stamp(1, 7), stamp(1, 8), true],
        [stamp(1, 8), stamp(1, 7), false],
        [stamp(2, 8), stamp(1, 7), true],
        [stamp(1, 7), stamp(2, 8), true],
        [stamp(0, 7), stamp(2, 0), true],
      ] as const) {
        await redis.server.admin.del('m');
        await apply(['m', ScriptOp.SET, first], ['m', ScriptOp.SET, second]);
        assert.equal(await stored('m'), isLast ? second : first);
      }
    });

    it('two values that happen to have one stamp: the one that comes later is kept', async () => {
      await apply(['n', ScriptOp.SET, value([7], 'one')], ['n', ScriptOp.SET, value([7], 'other')]);
      assert.equal(await stored('n'), value([7], 'other'));
    });

    it('a stamp far ahead of the clock of the server holds back no value of now, and one of long ago', async () => {
      const atMs = (ms: number, content: string) => {
        const bytes = Buffer.alloc(HEAD_BYTES);
        bytes[0] = 1;
        bytes.writeUIntBE(ms, 1, 6);
        return bytes.toString('latin1') + content;
      };
      const [seconds = 0] = (await redis.server.admin.time()).map(Number);
      const nowMs = seconds * 1_000;
      const ahead = atMs(nowMs + 86_400_000, 'ahead');
      for (const [ms, isKept] of [
        [nowMs - 60_000, false],
        [nowMs, true],
        [nowMs + 60_000, false],
      ] as const) {
        await redis.server.admin.del('w');
        const other = atMs(ms, 'other');
        await apply(['w', ScriptOp.SET, ahead], ['w', ScriptOp.SET, other]);
        assert.equal(await stored('w'), isKept ? other : ahead);
      }
      await apply(['w', ScriptOp.SET, atMs(nowMs + 5_000, 'a little ahead')]);
      await apply(['w', ScriptOp.SET, atMs(nowMs, 'now')]);
      assert.equal(await stored('w'), atMs(nowMs + 5_000, 'a little ahead'));
    });

    it('a delete: an older set does not bring the session back, a later one does, and so does time', async () => {
      const [older, newer] = [value([2, 0, 0], 'older'), value([4, 0, 0], 'newer')];
      const remove: Operation = ['t', ScriptOp.DELETE, tombstoneOf(3)];
      assert.deepEqual(
        await apply(['t', ScriptOp.SET, older], remove, ['t', ScriptOp.GET], remove),
        [1, 1, null, null],
      );
      assert.deepEqual(await apply(['t', ScriptOp.SET, older], ['t', ScriptOp.TOUCH]), [
        null,
        null,
      ]);
      const leftMs = await redis.server.admin.pttl('t');
      assert(leftMs > 0 && leftMs <= TOMBSTONE_MS, `${leftMs}`);
      assert.deepEqual(await apply(['t', ScriptOp.SET, newer], ['t', ScriptOp.GET]), [1, newer]);
      assert.deepEqual(
        await apply(['u', ScriptOp.DELETE, tombstoneOf(3)], ['u', ScriptOp.SET, older]),
        [null, null],
      );
    });

    it('a delete: what is got or added does not keep its trace, which takes the stamp of a clock ahead', async () => {
      const text = value([9, 0, 0], 'text');
      const head = text.slice(0, HEAD_BYTES);
      const [seconds = 0] = (await redis.server.admin.time()).map(Number);
      await apply(['v', ScriptOp.SET, text], ['v', ScriptOp.DELETE, tombstoneOf(3)]);
      await apply(
        ['v', ScriptOp.SET, value([8, 0, 0], 'delayed')],
        ['v', ScriptOp.APPEND, head, '+'],
      );
      assert.equal((await stored('v'))?.length, TOMBSTONE_BYTES);
      await apply(
        ['x', ScriptOp.DELETE, tombstoneOf(seconds * 1_000 - 20_000)],
        ['x', ScriptOp.GET],
      );
      const leftMs = await redis.server.admin.pttl('x');
      assert(leftMs > 0 && leftMs <= TOMBSTONE_MS - 20_000, `${leftMs}`);
    });

    it('no memory: a delete removes the session, without a trace', async () => {
      await apply(['y', ScriptOp.SET, value([2, 0, 0], 'text')]);
      await redis.server.admin.config('SET', 'maxmemory', '1');
      const removed = await apply(['y', ScriptOp.DELETE, tombstoneOf(3)]);
      await redis.server.admin.config('SET', 'maxmemory', '0');
      assert.deepEqual([removed, await redis.server.admin.exists('y')], [[1], 0]);
    });

    it('sessions are counted without those that were deleted', async () => {
      await redis.server.admin.flushall();
      await apply(['a', ScriptOp.SET, value([1], '')], ['b', ScriptOp.SET, value([1], 'b')]);
      await apply(['b', ScriptOp.DELETE, tombstoneOf(9)], ['c', ScriptOp.DELETE, tombstoneOf(9)]);
      assert.deepEqual(
        [await redis.server.admin.dbsize(), await redis.client.countSessions()],
        [3, 1],
      );
    });

    it('a renewal: only of the value that it was made for', async () => {
      const text = value([7], 'text');
      await apply(['z', ScriptOp.SET, text]);
      await redis.server.admin.pexpire('z', 1_000);
      await apply(['z', ScriptOp.RENEW, value([8], '')], ['none', ScriptOp.RENEW, value([8], '')]);
      assert((await redis.server.admin.pttl('z')) <= 1_000);
      await apply(['z', ScriptOp.RENEW, text.slice(0, HEAD_BYTES)]);
      assert((await redis.server.admin.pttl('z')) > 1_000);
    });
  });
