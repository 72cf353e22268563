import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HEAD_BYTES } from '../../src/session-stamp.js';
import { REPLY_BYTES_MAX, ScriptOp } from '../../src/shard/redis/script.js';
import { LATER, RefusedValueError, Unrenewed } from '../../src/shard/redis/script-results.js';
import { TOMBSTONE_BYTES, TOMBSTONE_MS, tombstoneOf } from '../../src/shard/redis/tombstone.js';
import { needsRedis } from '../redis-servers/redis-binary.js';
import { REFUSALS, refuseWrites } from './refuse-writes.js';
import { type Operation, SERVERS, useScriptServer, value } from './script-server.js';

for (const [name, config] of Object.entries(SERVERS))
  describe(`script that the server refuses something, in ${name}`, needsRedis(), () => {
    const redis = useScriptServer(config);
    const { apply, stored } = redis;

    /** What the server gives while it has no memory. */
    async function applyFull(...operations: Operation[]) {
      await redis.server.admin.config('SET', 'maxmemory', '1');
      try {
        return await apply(...operations);
      } finally {
        await redis.server.admin.config('SET', 'maxmemory', '0');
      }
    }

    it('a set that makes inactive compares stamps as a set does, and leaves a newer value alone', async () => {
      const [seconds = 0] = (await redis.server.admin.time()).map(Number);
      const atMs = (ms: number) => {
        const bytes = Buffer.alloc(HEAD_BYTES);
        bytes[0] = 1;
        bytes.writeUIntBE(ms, 1, 6);
        return `${bytes.toString('latin1')}at ${ms}`;
      };
      const nowMs = seconds * 1_000;
      for (const [first, second, isLast] of [
        [value([2, 0, 0], 'newer'), value([1, 0, 0], 'older'), false],
        [value([9, 1, 8], 'one'), value([9, 2, 7], 'another writer'), true],
        [value([9, 1, 8], 'one'), value([9, 1, 7], 'same writer'), false],
        [atMs(nowMs + 86_400_000), atMs(nowMs), true],
        [value([7], 'one'), value([7], 'same stamp'), true],
      ] as const) {
        await redis.server.admin.del('o');
        await apply(['o', ScriptOp.SET, first]);
        await redis.server.admin.pexpire('o', 1_000);
        await apply(['o', ScriptOp.SET_OR_TOUCH, second]);
        assert.equal(await stored('o'), isLast ? second : first);
        assert.equal((await redis.server.admin.pttl('o')) > 1_000, isLast);
      }
    });

    it('no memory: a set that makes inactive leaves a tombstone as it is', async () => {
      await apply(['t', ScriptOp.DELETE, tombstoneOf(3)]);
      const tombstone = await stored('t');
      const [newer, older] = await applyFull(
        ['t', ScriptOp.SET_OR_TOUCH, value([4, 0, 0], 'newer')],
        ['t', ScriptOp.SET_OR_TOUCH, value([2, 0, 0], 'older')],
      );
      assert(newer instanceof RefusedValueError);
      assert.match(newer.message, /OOM/);
      assert.equal(older, null);
      assert.equal(await stored('t'), tombstone);
      const leftMs = await redis.server.admin.pttl('t');
      assert(leftMs > 0 && leftMs <= TOMBSTONE_MS, `${leftMs}`);
    });

    it('no memory: a delete behind a value that was refused leaves no trace, and keeps one that is there', async () => {
      const text = value([2, 0, 0], 'text');
      await apply(['u', ScriptOp.SET, text], ['v', ScriptOp.DELETE, tombstoneOf(3)]);
      const [refused, ...removed] = await applyFull(
        ['u', ScriptOp.SET_OR_TOUCH, value([3, 0, 0], 'more')],
        ['u', ScriptOp.DELETE, tombstoneOf(4)],
        ['v', ScriptOp.DELETE, tombstoneOf(4)],
        ['none', ScriptOp.DELETE, tombstoneOf(4)],
      );
      assert(refused instanceof RefusedValueError);
      assert.deepEqual(removed, [1, null, null]);
      assert.deepEqual([await stored('u'), await stored('none')], [null, null]);
      assert.equal((await stored('v'))?.length, TOMBSTONE_BYTES);
    });

    it('no memory: a lease is renewed', async () => {
      const text = value([7], 'text');
      await apply(['r', ScriptOp.SET, text]);
      await redis.server.admin.pexpire('r', 1_000);
      assert.deepEqual(await applyFull(['r', ScriptOp.RENEW, text.slice(0, HEAD_BYTES)]), [1]);
      assert((await redis.server.admin.pttl('r')) > 1_000);
    });

    it('a value that looks like a head of the reply is given as it is', async () => {
      const other = Buffer.of(0xfb, 0xff, 0xff, 0xff);
      await redis.server.admin.set('l', other);
      assert.deepEqual(await apply(['l', ScriptOp.GET]), [other.toString('latin1')]);
    });

    for (const refusal of REFUSALS) {
      it(`${refusal}: a set that makes inactive is refused like a set, and touches nothing`, async () => {
        const text = value([2, 0, 0], 'a session');
        const more = value([4, 0, 0], 'more of it');
        await apply(['s', ScriptOp.SET, text], ['w', ScriptOp.DELETE, tombstoneOf(3)]);
        await redis.server.admin.pexpire('s', 500_000);
        const takeWrites = await refuseWrites(redis.server, refusal);
        const [set, onTombstone, got] = await apply(
          ['s', ScriptOp.SET_OR_TOUCH, more],
          ['w', ScriptOp.SET_OR_TOUCH, more],
          ['s', ScriptOp.GET],
        );
        await takeWrites();
        for (const refused of [set, onTombstone]) {
          assert(refused instanceof Error && !(refused instanceof RefusedValueError));
          assert.match(refused.message, new RegExp(refusal));
        }
        assert(got instanceof Unrenewed);
        assert.equal(got.value, text);
        assert((await redis.server.admin.pttl('s')) <= 500_000);
      });

      it(`${refusal}: values that are not renewed, and the reasons, end a reply at a MiB`, async () => {
        const large = value([1], 'x'.repeat(600_000));
        for (const key of ['l1', 'l2']) await apply([key, ScriptOp.SET, large]);
        const small = value([1], 'small');
        await apply(['x', ScriptOp.SET, small]);
        const takeWrites = await refuseWrites(redis.server, refusal);
        const got = await apply(
          ['l1', ScriptOp.GET],
          ['l2', ScriptOp.GET],
          ['none', ScriptOp.GET],
          ['l1', ScriptOp.SET_OR_TOUCH, value([2], '')],
        );
        const gets = Array.from({ length: 30_000 }, (): Operation => ['x', ScriptOp.GET]);
        const many = await apply(...gets);
        await takeWrites();
        const valueIn = (result: unknown) => (result instanceof Unrenewed ? result.value : result);
        assert.deepEqual(got.map(valueIn), [large, large, LATER, LATER]);
        const [one] = many;
        assert(one instanceof Unrenewed);
        const count = Math.ceil(REPLY_BYTES_MAX / (small.length + one.refusal.message.length));
        assert.equal(many.indexOf(LATER), count);
      });
    }
  });
