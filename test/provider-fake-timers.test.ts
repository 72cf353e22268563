import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import FakeTimers from '@sinonjs/fake-timers';
import { type ProviderOptions, ShardedSessionStorageProvider } from '../src/index.js';
import { assertServes, SESSIONS_LEFT } from './assert-serves.js';
import { createSession } from './twins/test-provider.js';

const SINON_PROCESS = fileURLToPath(new URL('fixtures/sinon-process.js', import.meta.url));

type Api = 'Date' | 'setTimeout' | 'setInterval' | 'setImmediate';
const ALL_APIS: Api[] = ['setTimeout', 'setInterval', 'setImmediate', 'Date'];

/** Runs while the timers of `node:test` stand in for those of Node.js. */
async function whileFaked(apis: Api[], run: () => Promise<void>): Promise<void> {
  mock.timers.enable({ apis });
  try {
    await run();
  } finally {
    mock.timers.reset();
  }
}

async function serveAndClose(options: ProviderOptions, sizeExpected = 0): Promise<void> {
  const provider = new ShardedSessionStorageProvider(options);
  await provider.ready;
  assert.equal(await provider.size(), sizeExpected);
  await assertServes(provider);
  await provider.close();
}

for (const shards of [1, 2, 7]) {
  test(`fake ${ALL_APIS}, ${shards} shards: a provider that is running serves and closes`, async () => {
    const provider = new ShardedSessionStorageProvider({ shards });
    await provider.ready;
    await whileFaked(ALL_APIS, async () => {
      await assertServes(provider);
      await provider.close();
    });
  });
}

for (const apis of [['Date'] satisfies Api[], ALL_APIS]) {
  test(`fake ${apis}: a provider that is made meanwhile serves and closes`, () =>
    whileFaked(apis, () => serveAndClose({ shards: 2 })));

  test(`fake ${apis}: a journal serves, closes and opens again`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'jstp-fake-timers-'));
    const options: ProviderOptions = { shards: 2, store: { kind: 'journal', directory } };
    await whileFaked(apis, async () => {
      await serveAndClose(options);
      await serveAndClose(options, SESSIONS_LEFT);
    });
    await rm(directory, { recursive: true, force: true });
  });

  test(`fake ${apis}: sessions expire by real time`, () =>
    whileFaked(apis, async () => {
      const provider = new ShardedSessionStorageProvider({
        shards: 1,
        inactiveSessionLifetime: 1,
        purgeInterval: 1,
      });
      const expired = new Promise((resolve) => provider.once('expired', resolve));
      void provider.set('id', createSession());
      await provider.setInactive('id');
      assert.deepEqual(await expired, { shard: 0, count: 1 });
      assert.equal(await provider.get('id'), undefined);
      await provider.close();
    }));
}

test(`fake ${ALL_APIS}: an operation that is not answered fails in requestTimeout`, () =>
  whileFaked(ALL_APIS, async () => {
    // No shard is up so soon.
    const provider = new ShardedSessionStorageProvider({ shards: 1, requestTimeout: 1 });
    await assert.rejects(provider.get('id'), { code: 'ERR_TIMEOUT' });
    await provider.close();
  }));

const SINON_RUNS: [string, string][] = [
  ['running', '1 served\n2 served\n7 served\n'],
  ['made', '2 served\n'],
  ['loaded', '2 served\n'],
];
for (const [when, served] of SINON_RUNS) {
  test(`all of sinon's fake timers, provider ${when} under them: it serves and closes`, async () => {
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [SINON_PROCESS, when], { timeout: 60_000 });
    assert.equal(stdout, served);
  });
}

test("sinon's fake Date: a restored date is what structuredClone gives", async () => {
  const provider = new ShardedSessionStorageProvider({ shards: 1 });
  const clock = FakeTimers.install({ now: 0, toFake: ['Date'] });
  try {
    await provider.set('id', createSession({ at: new Date(5) }));
    const restored = (await provider.get('id'))?.get('at');
    assert.deepEqual(restored, structuredClone(new Date(5)));
  } finally {
    clock.uninstall();
  }
  await provider.close();
});
