import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunningShard, ShardListener } from '../../src/facade/shard-port.js';
import { ShardSupervisor } from '../../src/facade/shard-supervisor.js';
import { StartQueue } from '../../src/facade/start-queue.js';
import { ManualClock } from '../twins/manual-clock.js';
import { drainMicrotasks } from '../twins/test-provider.js';

interface StartedShard extends ShardListener {
  readonly startedAtMs: number;
  stopped: boolean;
  /** Lets `stop` end. */
  end(): void;
}

/** `waits`: another start is under way, until `startQueue.leaveFirst()`. */
function setUp({ failToStart = false, waits = false } = {}) {
  const clock = new ManualClock();
  const queue = new StartQueue({ clock, startsMax: 1 });
  const first = queue.enter(() => {});
  if (!waits) first.leave();
  clock.runTurns();
  const startMs = clock.now();
  const started: StartedShard[] = [];
  const events: string[] = [];
  const start = (_: number, listener: ShardListener): RunningShard => {
    if (failToStart) throw new Error('no thread');
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const shard = { ...listener, startedAtMs: clock.now() - startMs, stopped: false, end };
    started.push(shard);
    const stop = () => {
      shard.stopped = true;
      return ended;
    };
    return { port: { post: () => {} }, stop };
  };
  const supervisor = new ShardSupervisor({
    shard: 5,
    starter: { start },
    startQueue: queue,
    clock,
    random: () => 0,
    onMessage: (message) => events.push(`message ${message}`),
    onUp: () => events.push('up'),
    onDown: (reason) => events.push(`down: ${reason}`),
    onUnavailable: ({ code, message }) => events.push(`${code} ${message}`),
  });
  supervisor.start();
  // One worker is created in a turn.
  clock.runTurns();
  const last = (): StartedShard => {
    const shard = started.at(-1);
    assert(shard !== undefined);
    return shard;
  };
  const startQueue = { queue, leaveFirst: () => first.leave() };
  return { clock, started, events, supervisor, last, startQueue };
}

test('shard that ends is started again at once, and serves when it says so', () => {
  const { supervisor, started, events, last } = setUp();
  supervisor.onReady();
  assert.equal(supervisor.serving, true);
  last().onDown('a test');
  assert.deepEqual([started.length, supervisor.serving], [2, false]);
  supervisor.onReady();
  assert.deepEqual(events, ['up', 'down: a test', 'up']);
  assert.equal(supervisor.restarts, 1);
});

test('shard that keeps ending is started later and later; one that has served for a second, at once', () => {
  const { clock, supervisor, started, last } = setUp();
  const delays: number[] = [];
  for (let i = 0; i < 9; i++) {
    supervisor.onReady();
    const before = started.length;
    const endMs = clock.now();
    last().onDown('a test');
    while (started.length === before) clock.advance(1);
    delays.push(clock.now() - endMs);
  }
  assert.deepEqual(delays, [0, 25, 50, 100, 200, 400, 800, 1_000, 1_000]);
  supervisor.onReady();
  clock.advance(1_000);
  const before = started.length;
  last().onDown('a test');
  assert.equal(started.length, before + 1);
});

test('hung shard is stopped first, and is not heard of any more', async () => {
  const { supervisor, started, events, last } = setUp();
  supervisor.onReady();
  const hung = last();
  supervisor.replace('it hangs');
  assert.deepEqual([hung.stopped, started.length], [true, 1]);
  hung.onMessage('too late');
  hung.onDown('too late');
  supervisor.replace('a second time');
  hung.end();
  await drainMicrotasks();
  assert.equal(started.length, 2);
  last().onMessage('new');
  assert.deepEqual(events, ['up', 'down: it hangs', 'message new']);
});

test('shard that fails to start three times is unavailable, is tried on, and may serve again', () => {
  const { clock, supervisor, started, events, last } = setUp();
  for (let i = 0; i < 3; i++) {
    clock.advance(1_000);
    last().onDown(`failure ${i}`);
  }
  assert.equal(events.length, 2);
  assert.equal(events[0], 'down: failure 0');
  assert.match(events[1] ?? '', /^ERR_SHARD_UNAVAILABLE .*shard 5.*failure 2/);
  for (let i = 0; i < 20; i++) {
    const before = started.length;
    while (started.length === before) clock.advance(1_000);
    assert(clock.timers <= 1);
    last().onDown('again');
  }
  const before = clock.now();
  const { length } = started;
  while (started.length === length) clock.advance(1_000);
  assert.equal(clock.now() - before, 30_000);
  assert.equal(events.length, 2);
  supervisor.onReady();
  assert.equal(events.at(-1), 'up');
  last().onDown('later');
  assert.equal(events.at(-1), 'down: later');
});

test('starts that fail, but not in a row, do not make a shard unavailable', () => {
  const { clock, supervisor, events, last } = setUp();
  for (let i = 0; i < 5; i++) {
    for (let failure = 0; failure < 2; failure++) {
      last().onDown('a test');
      clock.advance(1_000);
    }
    supervisor.onReady();
    last().onDown('a test');
    clock.advance(1_000);
    supervisor.onReady();
  }
  assert.deepEqual(new Set(events), new Set(['down: a test', 'up']));
});

test('starter that throws is a failed start', () => {
  const { clock, events } = setUp({ failToStart: true });
  clock.advance(10_000);
  assert.equal(events[0], 'down: no thread');
  assert.match(events[1] ?? '', /ERR_SHARD_UNAVAILABLE/);
});

test('shard that does not say that it serves is stopped and started again', async () => {
  const { clock, started, events, last } = setUp();
  const first = last();
  clock.advance(29_999);
  assert.equal(first.stopped, false);
  clock.advance(1);
  assert.equal(first.stopped, true);
  first.end();
  await drainMicrotasks();
  assert.equal(started.length, 2);
  assert.match(events[0] ?? '', /did not start in 30000 ms/);
});

test('shard that says it is busy with its start is given as much time again', () => {
  const { clock, supervisor, events, last } = setUp();
  for (let i = 0; i < 5; i++) {
    clock.advance(29_999);
    supervisor.onBusy();
  }
  assert.equal(last().stopped, false);
  supervisor.onReady();
  supervisor.onBusy();
  clock.advance(100_000);
  assert.deepEqual([last().stopped, events], [false, ['up']]);
});

test('stop ends the shard, also one that is on its way out, and starts no other', async () => {
  const { clock, supervisor, started, last } = setUp();
  supervisor.onReady();
  supervisor.replace('it hangs');
  let stopped = false;
  const stopping = supervisor.stop().then(() => {
    stopped = true;
  });
  await drainMicrotasks();
  assert.equal(stopped, false);
  last().end();
  await stopping;
  clock.advance(100_000);
  assert.deepEqual([started.length, clock.timers], [1, 0]);
});

test('stop during a back-off starts no other', async () => {
  const { clock, supervisor, started, last } = setUp();
  for (let i = 0; i < 2; i++) last().onDown('a test');
  await supervisor.stop();
  clock.advance(100_000);
  assert.deepEqual([started.length, clock.timers], [2, 0]);
});

test('start limit counts from when the worker is created, and not from when the shard is to start', () => {
  const { clock, supervisor, started, events, startQueue } = setUp({ waits: true });
  clock.advance(100_000);
  assert.deepEqual([started.length, events], [0, []]);
  startQueue.leaveFirst();
  clock.runTurns();
  clock.advance(29_999);
  assert.deepEqual([started.length, started[0]?.stopped], [1, false]);
  clock.advance(1);
  assert.equal(started[0]?.stopped, true);
  assert.match(events[0] ?? '', /did not start in 30000 ms/);
  assert.equal(supervisor.starts, 1);
});

const SIGNS: Record<string, (supervisor: ShardSupervisor) => unknown> = {
  'is ready': (supervisor) => supervisor.onReady(),
  'is at work on its start': (supervisor) => supervisor.onBusy(),
  'is to be replaced': (supervisor) => supervisor.replace('a test'),
  'is stopped': (supervisor) => supervisor.stop(),
};

for (const [sign, say] of Object.entries(SIGNS)) {
  test(`shard that ${sign} lets the next one start`, () => {
    const { clock, supervisor, startQueue } = setUp();
    let begun = false;
    startQueue.queue.enter(() => {
      begun = true;
    });
    clock.runTurns();
    assert.equal(begun, false);
    say(supervisor);
    clock.runTurns();
    assert.equal(begun, true);
  });
}

test('shard whose worker ends before it serves lets the next one start before it starts again', () => {
  const { clock, started, last, startQueue } = setUp();
  const order: string[] = [];
  const ticket = startQueue.queue.enter(() => order.push(`other after ${started.length}`));
  last().onDown('a test');
  clock.runTurns();
  assert.deepEqual([order, started.length], [['other after 1'], 1]);
  ticket.leave();
  clock.runTurns();
  assert.equal(started.length, 2);
});

test('stop while the shard waits for its start starts none', async () => {
  const { clock, supervisor, started, startQueue } = setUp({ waits: true });
  await supervisor.stop();
  startQueue.leaveFirst();
  clock.advance(100_000);
  assert.deepEqual([started.length, clock.timers], [0, 0]);
});
