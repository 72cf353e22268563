import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { ShardDownEvent } from '../src/index.js';
import { createFaultyProvider, FAULTS } from './twins/faulty-pool.js';
import { createSession } from './twins/test-provider.js';

// A provider that waits for nothing does not hold the process.
const hold = setInterval(() => {}, 1_000_000);
after(() => clearInterval(hold));

const IDS = Array.from({ length: 50 }, (_, i) => `id ${i}`);

for (const fault of FAULTS) {
  test(`worker that ends by ${fault} is replaced, and what it had not answered is done`, async () => {
    // A small heap, as one is to be exhausted.
    const { provider, pool, errors } = createFaultyProvider({
      shards: 2,
      // Only who waits for a worker that hangs shall see this end.
      requestTimeout: fault === 'loop' ? 2_000 : 60_000,
      maxBytes: 33_554_432,
    });
    await provider.ready;
    await Promise.all(IDS.map((id) => provider.set(id, createSession())));
    const { shards } = await provider.stats();
    const down = once(provider, 'shardDown') as Promise<[ShardDownEvent]>;
    await pool.arm(1, fault === 'terminate' ? 'loop' : fault);
    const sets = IDS.map((id) => provider.set(id, createSession({ after: true })));
    const settled = Promise.allSettled(sets);
    if (fault === 'terminate') {
      await setTimeout(50);
      pool.terminate(1);
    }
    const [{ shard, reason, sessions }] = await down;
    assert.deepEqual([shard, sessions], [1, shards[1]?.sessions]);
    assert.notEqual(reason, '');
    if (!(await provider.stats()).shards[1]?.up) await once(provider, 'shardUp');
    const outcomes = await settled;
    // Those that wait for a worker that hangs time out, and are done all the same.
    const slow = fault === 'loop';
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        assert.deepEqual([outcome.reason.code, slow], ['ERR_TIMEOUT', true]);
      }
    }
    await provider.flush();
    for (const id of IDS) assert.equal((await provider.get(id))?.get('after'), true);
    const stats = await provider.stats();
    assert.deepEqual([stats.restarts, stats.sessions, stats.pending], [1, IDS.length, 0]);
    assert.deepEqual([stats.shards[0]?.restarts, stats.shards[1]?.restarts], [0, 1]);
    assert.deepEqual(errors, []);
    await provider.close();
  });
}

test('what a worker answered before it ended is not asked again of the next', async () => {
  const { provider, pool } = createFaultyProvider({ shards: 1, requestTimeout: 60_000 });
  await provider.ready;
  await pool.arm(0, 'exit after the answer');
  const set = provider.set('a', createSession());
  await setImmediate();
  // This thread is busy while the worker answers and ends.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  await once(provider, 'shardDown');
  await set;
  assert.equal(await provider.get('a'), undefined);
  assert.deepEqual([(await provider.stats()).sets, (await provider.stats()).restarts], [1, 1]);
  await provider.close();
});

test('operation that ends each worker is refused; those beside it are applied', async () => {
  const { provider, errors } = createFaultyProvider({ shards: 1, requestTimeout: 60_000 });
  const beside = IDS.map((id) => provider.set(id, createSession()));
  const poison = provider.set('poison', createSession());
  const after = provider.set('after', createSession());
  await assert.rejects(poison, {
    code: 'ERR_POISONOUS_OPERATION',
    message: /SET of session "p"\.\.\. \(SHA-256 5743abddddfa\)/,
  });
  await Promise.all([...beside, after]);
  assert.notEqual(await provider.get('after'), undefined);
  assert.equal((await provider.stats()).restarts, 5);
  assert.deepEqual(errors, []);
  await provider.close();
});

test('shard that hangs does not keep close from ending', async () => {
  const { provider, pool } = createFaultyProvider({ shards: 2, requestTimeout: 500 });
  await provider.ready;
  pool.commit(0, 'loop');
  const sets = IDS.map((id) => provider.set(id, createSession()));
  const outcomes = Promise.allSettled(sets);
  await provider.close();
  await provider.close();
  for (const outcome of await outcomes) {
    if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'ERR_TIMEOUT');
  }
  await assert.rejects(provider.get('a'), { code: 'ERR_CLOSED' });
});
