import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROCESS = fileURLToPath(new URL('./fixtures/sigterm-process.js', import.meta.url));

interface Told {
  readonly called: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Runs the process until it is under load, ends it, and gives what it told last. */
async function terminate(state: string): Promise<Told> {
  const child = fork(PROCESS, [state], { stdio: ['ignore', 'inherit', 'ignore', 'ipc'] });
  const exited = once(child, 'exit');
  await once(child, 'message');
  const told = once(child, 'message');
  child.kill('SIGTERM');
  const [message] = await told;
  assert.deepEqual(await exited, [0, null]);
  return message as Told;
}

for (const state of ['serving', 'ending']) {
  test(`SIGTERM and close, shard ${state}: all that was called is acknowledged, the process ends`, async () => {
    const { called, outcomes } = await terminate(state);
    assert(called > 0);
    assert.deepEqual(outcomes, {
      acknowledged: called,
      'taken by close': 1,
      'late ERR_CLOSED': 1,
    });
  });
}

test('SIGTERM and close, shard hanging: the others acknowledge, the rest times out, the process ends', async () => {
  const { called, outcomes } = await terminate('hanging');
  const { acknowledged = 0, ERR_TIMEOUT = 0 } = outcomes;
  assert.equal(acknowledged + ERR_TIMEOUT, called);
  assert(acknowledged > 0);
});
