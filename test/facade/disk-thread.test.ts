import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import type { DiskTask, RunDiskTask } from '../../src/disk-task.js';
import { DiskThread } from '../../src/facade/disk-thread.js';
import { connectDiskThread } from '../../src/shard/disk-thread-client.js';

// Workers do not hold the process; who waits for them does.
const hold = setInterval(() => {}, 1_000_000);
after(() => clearInterval(hold));

/** The code with which a task fails, `'done'` if it does not. */
function perform(run: RunDiskTask, task: DiskTask): Promise<unknown> {
  return new Promise((resolve) => {
    run(task, (error) => resolve(error === undefined ? 'done' : Object(error).code));
  });
}

describe('DiskThread', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'jstp-disk-thread-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  for (const shards of [1, 2, 7]) {
    it(`${shards} shards that connect at once: each has its tasks performed, or is told the code of the error`, async () => {
      const thread = new DiskThread();
      const runs = Array.from({ length: shards }, () => connectDiskThread(thread.connect()));
      const outcomes = await Promise.all(
        runs.map(async (run, shard) => {
          const path = join(directory, `${shard}`);
          writeFileSync(path, 'text');
          const descriptor = openSync(path, 'r+');
          const tasks: DiskTask[] = [
            { kind: 'sync', descriptor },
            { kind: 'syncDirectory', path: directory },
            { kind: 'syncDirectory', path: join(directory, 'none') },
            { kind: 'remove', path },
            { kind: 'remove', path },
          ];
          const codes = await Promise.all(tasks.map((task) => perform(run, task)));
          closeSync(descriptor);
          return [...codes, existsSync(path)];
        }),
      );
      thread.close();
      for (const outcome of outcomes) {
        assert.deepEqual(outcome, ['done', 'done', 'ENOENT', 'done', 'done', false]);
      }
    });
  }

  it('closed: what is asked then, or was not answered, is performed all the same', async () => {
    const thread = new DiskThread();
    const run = connectDiskThread(thread.connect());
    const asked = [1, 2, 3].map(() => perform(run, { kind: 'syncDirectory', path: directory }));
    thread.close();
    assert.deepEqual(await Promise.all(asked), ['done', 'done', 'done']);
    assert.equal(await perform(run, { kind: 'syncDirectory', path: directory }), 'done');
    const late = connectDiskThread(thread.connect());
    assert.equal(await perform(late, { kind: 'remove', path: join(directory, 'none') }), 'done');
  });
});

describe('connectDiskThread', () => {
  it('the thread ends with tasks before it: they are performed here, in order, each once', async () => {
    const { port1, port2 } = new MessageChannel();
    const run = connectDiskThread(port1);
    const done: number[] = [];
    const all = [0, 1, 2].map((i) =>
      perform(run, { kind: 'remove', path: '/none/at/all' }).then(() => done.push(i)),
    );
    port2.close();
    await Promise.all(all);
    assert.deepEqual(done, [0, 1, 2]);
  });
});
