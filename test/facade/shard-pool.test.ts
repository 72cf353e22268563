import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { after, test } from 'node:test';
import { readClockAnchor } from '../../src/clock.js';
import { IN_FLIGHT_BOUNDS } from '../../src/facade/in-flight-bounds.js';
import { ShardPool } from '../../src/facade/shard-pool.js';
import type { RunningShard } from '../../src/facade/shard-port.js';
import { readOptions } from '../../src/options.js';
import { createReply, Op } from '../../src/protocol.js';
import { SLOT_COUNT } from '../../src/slots.js';

// Workers do not hold the process; who waits for them does.
const hold = setInterval(() => {}, 1_000_000);
after(() => clearInterval(hold));

const FLUSH = Op.FLUSH * SLOT_COUNT;

/** Real worker threads. */
function createPool(shards: number): ShardPool {
  return new ShardPool({
    ...readOptions({ shards }),
    clockAnchor: readClockAnchor(),
    bounds: IN_FLIGHT_BOUNDS,
    shardStore: { kind: 'memory' },
  });
}

interface HeardShard {
  readonly running: RunningShard;
  /** Emits `message` and `down`. */
  readonly heard: EventEmitter;
  /** The first message. */
  readonly ready: Promise<unknown[]>;
}

function start(pool: ShardPool, shard: number): HeardShard {
  const heard = new EventEmitter();
  const ready = once(heard, 'message');
  const running = pool.start(shard, {
    onMessage: (message) => heard.emit('message', message),
    onDown: (reason) => heard.emit('down', reason),
  });
  return { running, heard, ready };
}

for (const shards of [1, 2, 7]) {
  test(`${shards} shards on workers: each says that it is ready and answers`, async () => {
    const pool = createPool(shards);
    const all = Array.from({ length: shards }, (_, shard) => start(pool, shard));
    for (const { running, heard, ready } of all) {
      assert.deepEqual(await ready, [{ kind: 'ready' }]);
      running.port.post([1, FLUSH]);
      assert.deepEqual(await once(heard, 'message'), [[...createReply(1), 0]]);
    }
    await Promise.all(all.map(({ running }) => running.stop()));
  });
}

test('shard that gets what it does not understand goes down, saying why', async () => {
  const { running, heard } = start(createPool(1), 0);
  running.port.post([1, 4_711 * SLOT_COUNT]);
  const [reason] = await once(heard, 'down');
  assert.match(reason, /expected an operation, got/);
  await running.stop();
});

test('shard that cannot start goes down, saying why', async () => {
  const pool = new ShardPool({
    ...readOptions({ shards: 1 }),
    clockAnchor: undefined as never,
    bounds: IN_FLIGHT_BOUNDS,
    shardStore: { kind: 'memory' },
  });
  const { running, heard } = start(pool, 0);
  const [reason] = await once(heard, 'down');
  assert.match(reason, /undefined \(reading 'unixMs'\)/);
  await running.stop();
});

test('shard that is stopped does not go down', async () => {
  const { running, heard, ready } = start(createPool(1), 0);
  const downs: string[] = [];
  heard.on('down', (reason) => downs.push(reason));
  await ready;
  await running.stop();
  await running.stop();
  assert.deepEqual(downs, []);
});

test('shard that is stopped before it is ready ends', async () => {
  const { running } = start(createPool(1), 0);
  await running.stop();
});
