import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { splitNodeOptions, workerFlags } from '../../src/facade/worker-flags.js';

const NO_PNP = { versions: {} };

/** The flags of a shard whose process has these. */
function shared(execArgv: string[], nodeOptions?: string): string[] {
  const env = nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions };
  return workerFlags({ ...NO_PNP, execArgv, env }).execArgv;
}

const PRELOADS = [
  ['--require', './agent.cjs'],
  ['--require=./agent.cjs'],
  ['-r', './agent.cjs'],
  ['--import', 'tsx'],
  ['--import=tsx'],
  ['--loader', './hooks.mjs'],
  ['--experimental-loader', './hooks.mjs'],
  ['--experimental-loader=./hooks.mjs'],
  ['--experimental_loader', './hooks.mjs'],
  ['--env-file=.env'],
  ['--title', 'server'],
  ['--max-old-space-size=100'],
  ['--inspect'],
  ['--eval', '0'],
];
for (const flags of PRELOADS) {
  test(`${flags.join(' ')}: is not a shard's, on the command line or in NODE_OPTIONS`, () => {
    assert.deepEqual(shared(flags), []);
    assert.deepEqual(shared([], flags.join(' ')), []);
    const between = ['--no-warnings', ...flags, '--dns-result-order=ipv4first'];
    assert.deepEqual(shared(between), ['--no-warnings', '--dns-result-order=ipv4first']);
  });
}

const SHARED: [string[], string][] = [
  [['--permission'], '--permission'],
  [['--experimental-permission'], '--experimental-permission'],
  [['--permission-audit'], '--permission-audit'],
  [['--allow-fs-read', '*'], '--allow-fs-read=*'],
  [['--allow-fs-write=/data'], '--allow-fs-write=/data'],
  [['--allow-net'], '--allow-net'],
  [['--preserve-symlinks'], '--preserve-symlinks'],
  [['--conditions=a=b'], '--conditions=a=b'],
  [['-C', 'development'], '--conditions=development'],
  [['--dns-result-order', 'ipv4first'], '--dns-result-order=ipv4first'],
  [['--dns_result_order=ipv4first'], '--dns-result-order=ipv4first'],
  [['--no-network-family-autoselection'], '--no-network-family-autoselection'],
  [['--enable-network-family-autoselection'], '--network-family-autoselection'],
  [
    ['--network-family-autoselection-attempt-timeout=500'],
    '--network-family-autoselection-attempt-timeout=500',
  ],
  [['--tls-min-v1.0'], '--tls-min-v1.0'],
  [['--tls-min-v1.1'], '--tls-min-v1.1'],
  [['--tls-min-v1.2'], '--tls-min-v1.2'],
  [['--tls-min-v1.3'], '--tls-min-v1.3'],
  [['--tls-max-v1.2'], '--tls-max-v1.2'],
  [['--tls-max-v1.3'], '--tls-max-v1.3'],
  [['--no-warnings'], '--no-warnings'],
  [['--no-deprecation'], '--no-deprecation'],
  [['--disable-warning=ExperimentalWarning'], '--disable-warning=ExperimentalWarning'],
];
for (const [flags, expected] of SHARED) {
  test(`${flags.join(' ')}: is a shard's too, and a worker of this Node.js takes it`, async () => {
    assert.deepEqual(shared(flags), [expected]);
    assert.deepEqual(shared([], flags.join(' ')), [expected]);
    const [name = ''] = expected.split('=');
    // Else the process would not have started with it.
    if (!process.allowedNodeEnvironmentFlags.has(name)) return;
    await new Worker('', { eval: true, execArgv: [expected], stderr: true }).terminate();
  });
}

test('flags of both places: those of the command line come last, as Node.js reads them', () => {
  const flags = shared(['--dns-result-order=verbatim'], '--dns-result-order=ipv4first');
  assert.deepEqual(flags, ['--dns-result-order=ipv4first', '--dns-result-order=verbatim']);
});

test('--use-system-ca: reaches a shard through its environment', () => {
  const { execArgv, env } = workerFlags({ ...NO_PNP, execArgv: ['--use-system-ca'], env: {} });
  assert.deepEqual([execArgv, env], [[], { NODE_USE_SYSTEM_CA: '1' }]);
});

test('environment: is that of the process without NODE_OPTIONS, which stays as it is', () => {
  const env = { NODE_OPTIONS: '--require x', DEBUG: 'ioredis:*' };
  assert.deepEqual(workerFlags({ ...NO_PNP, execArgv: [], env }).env, { DEBUG: 'ioredis:*' });
  assert.deepEqual(env, { NODE_OPTIONS: '--require x', DEBUG: 'ioredis:*' });
});

const PNP = { execArgv: [], env: {}, versions: { pnp: '3' } };

test("Plug'n'Play: its hooks are a shard's, whatever the process was started with", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jstp-pnp-'));
  const api = join(folder, '.pnp.cjs');
  const loader = join(folder, '.pnp.loader.mjs');
  try {
    assert.deepEqual(workerFlags(PNP, () => api).execArgv, ['--require', api]);
    await writeFile(loader, '');
    const hooks = ['--require', api, '--experimental-loader', pathToFileURL(loader).href];
    assert.deepEqual(workerFlags(PNP, () => api).execArgv, hooks);
    const { execArgv } = workerFlags({ ...PNP, execArgv: ['--no-warnings', ...hooks] }, () => api);
    assert.deepEqual(execArgv, [...hooks, '--no-warnings']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("Plug'n'Play: a package that is not the project's needs no hooks", () => {
  assert.deepEqual(workerFlags(PNP).execArgv, []);
});

/** As Node.js reads NODE_OPTIONS, character by character. `undefined`: it does not start. */
function splitAsNode(text: string): string[] | undefined {
  const words: string[] = [];
  let quoted = false;
  let starts = true;
  for (let i = 0; i < text.length; i++) {
    let character = text.charAt(i);
    if (character === '\\' && quoted) {
      if (++i === text.length) return undefined;
      character = text.charAt(i);
    } else if (character === ' ' && !quoted) {
      starts = true;
      continue;
    } else if (character === '"') {
      quoted = !quoted;
      continue;
    }
    if (starts) words.push('');
    starts = false;
    words.push(words.pop() + character);
  }
  return quoted ? undefined : words;
}

test('NODE_OPTIONS: is split as Node.js does', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '-', ' ', '"', '\\'), maxLength: 12 });
  fc.assert(
    fc.property(text, (options) => {
      const expected = splitAsNode(options);
      fc.pre(expected !== undefined);
      assert.deepEqual(splitNodeOptions(options).filter(Boolean), expected);
    }),
    { numRuns: 1_000 },
  );
});
