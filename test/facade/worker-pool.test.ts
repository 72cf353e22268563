import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ThreadReport } from '../fixtures/thread-report-worker.js';

const PROCESS = fileURLToPath(new URL('../fixtures/thread-report-process.js', import.meta.url));

let folder = '';
let agent = '';
let loader = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jstp worker pool-'));
  agent = join(folder, 'agent.cjs');
  loader = join(folder, 'loader.mjs');
  // Like many an agent, it calls what is refused on a worker thread.
  await writeFile(agent, 'process.umask(0o022); globalThis.preloads = 1;');
  await writeFile(
    loader,
    `import { appendFileSync } from 'node:fs'; appendFileSync(new URL('loads', import.meta.url), '.');`,
  );
});
after(() => rm(folder, { recursive: true }));

interface Reports {
  readonly process: ThreadReport;
  readonly shard: ThreadReport;
}

async function reportsOf(flags: string[], nodeOptions?: string): Promise<Reports> {
  const { NODE_OPTIONS: _, NODE_V8_COVERAGE: __, ...inherited } = process.env;
  const env = { ...inherited, ...(nodeOptions !== undefined && { NODE_OPTIONS: nodeOptions }) };
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [...flags, PROCESS], { env, timeout: 60_000 });
  return JSON.parse(stdout);
}

/** As one word of NODE_OPTIONS; the folder's name has spaces. */
const quoted = (word: string): string => `"${word.replace(/["\\]/g, '\\$&')}"`;

for (const flag of ['--require', '--import']) {
  test(`worker: does not run what ${flag} preloads, on the command line or in NODE_OPTIONS`, async () => {
    const given = [await reportsOf([flag, agent]), await reportsOf([], `${flag} ${quoted(agent)}`)];
    for (const { process, shard } of given) {
      assert.equal(process.preloads, 1);
      assert.equal(shard.preloads, undefined);
      assert.equal(shard.nodeOptions, undefined);
      assert.equal(shard.hasPath, true);
    }
  });
}

test('worker: does not load the hooks of --experimental-loader in NODE_OPTIONS', async () => {
  await reportsOf([], `--no-warnings --experimental-loader ${quoted(loader)}`);
  assert.equal(await readFile(join(folder, 'loads'), 'utf8'), '.');
});

test('worker: has the DNS order and the TLS versions of its process, from either place', async () => {
  const flags = ['--dns-result-order=ipv4first', '--tls-min-v1.3'];
  const given = [await reportsOf(flags), await reportsOf([], flags.join(' '))];
  for (const { process, shard } of given) {
    assert.equal(process.dnsResultOrder, 'ipv4first');
    assert.equal(shard.dnsResultOrder, 'ipv4first');
    assert.equal(shard.tlsMinVersion, 'TLSv1.3');
  }
});

test('worker: starts with flags in NODE_OPTIONS that only a process takes', async () => {
  const { shard } = await reportsOf([], '--title=server --use-openssl-ca --max-old-space-size=200');
  assert.equal(shard.nodeOptions, undefined);
});

test('worker: may do no more than its process under the permission model, from either place', async () => {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const flags = ['--no-warnings', flag, '--allow-worker', '--allow-fs-read=*'];
  const given = [await reportsOf(flags), await reportsOf([], flags.join(' '))];
  for (const { process, shard } of given) {
    assert.equal(process.mayWrite, false);
    assert.equal(shard.mayWrite, false);
  }
});
