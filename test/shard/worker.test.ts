import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { readClockAnchor } from '../../src/clock.js';
import * as protocol from '../../src/protocol.js';
import serveShard from '../../src/shard/worker.js';

test('worker task returns at once and then serves the port until it is closed', async () => {
  const { port1, port2 } = new MessageChannel();
  const ready = once(port1, 'message');
  serveShard({
    port: port2,
    shard: 0,
    shards: 1,
    purgeIntervalMs: 1_000,
    clockAnchor: readClockAnchor(),
    limits: { sessionsMax: 1, bytesMax: 1_000, overflow: 'reject' },
    replyBytesMax: 1_000_000,
    remoteCallsMax: 1,
    store: { kind: 'memory' },
  });
  assert.deepEqual(await ready, [{ kind: 'ready' }]);
  const batch = protocol.createBatch(1);
  protocol.appendSet(batch, 5, 'a', 'value', Date.now() + 60_000);
  protocol.appendSet(batch, 5, 'b', 'value', Date.now() + 60_000);
  protocol.appendGet(batch, 5, 'a', Date.now() + 60_000);
  port1.postMessage(batch);
  const [reply] = (await once(port1, 'message')) as [protocol.Reply];
  assert.deepEqual(reply.slice(protocol.resultAt(0)), [0, protocol.STORE_FULL, 'value']);
  const closed = once(port2, 'close');
  port1.close();
  await closed;
});
