import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { packPackage, REPOSITORY } from './packed.js';

const run = promisify(execFile);
const YARN = createRequire(import.meta.url).resolve('@yarnpkg/cli-dist/bin/yarn.js');

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jstp-yarn-pnp-'));
  await installWithYarn(await packPackage(folder));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Nothing is fetched: each package is a file or a folder that is here. Each of those then lies in a zip file. */
async function installWithYarn(tarball: string): Promise<void> {
  const dependencyOf = (name: string) => `file:${join(REPOSITORY, 'node_modules', name)}`;
  const manifest = {
    name: 'project',
    private: true,
    dependencies: { 'jstp-sharded-sessions': `file:${tarball}` },
    resolutions: { piscina: dependencyOf('piscina'), '@napi-rs/nice': 'link:./nothing' },
  };
  const settings = [
    'nodeLinker: pnp',
    ...['enableNetwork', 'enableTelemetry', 'enableGlobalCache'].map((name) => `${name}: false`),
    ...['enableScripts', 'enableImmutableInstalls'].map((name) => `${name}: false`),
    `globalFolder: ${JSON.stringify(join(folder, 'yarn'))}`,
  ];
  await mkdir(join(folder, 'nothing'));
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, '.yarnrc.yml'), `${settings.join('\n')}\n`);
  await writeFile(join(folder, 'yarn.lock'), '');
  await runNode([YARN, 'install']);
}

async function runNode(args: string[]): Promise<string> {
  const { NODE_V8_COVERAGE: _, NODE_OPTIONS: __, ...env } = process.env;
  const { stdout } = await run(process.execPath, args, { cwd: folder, env, timeout: 60_000 });
  return stdout;
}

const SERVER = `
import { ShardedSessionStorageProvider } from 'jstp-sharded-sessions';
const provider = new ShardedSessionStorageProvider({ shards: 2, Session: class extends Map {} });
provider.ready.then(() => 'ready', (error) => error.message).then((outcome) => {
  console.log(outcome);
  return provider.close();
});
`;

const WAYS: [string, string[]][] = [
  ['yarn node, which has the hooks in NODE_OPTIONS', [YARN, 'node']],
  [
    'node with the hooks on the command line',
    ['--no-warnings', '-r', './.pnp.cjs', '--loader', './.pnp.loader.mjs'],
  ],
];

for (const [way, args] of WAYS) {
  test(`Yarn's Plug'n'Play, ${way}: shards start from the zip file`, async () => {
    await writeFile(join(folder, 'server.mjs'), SERVER);
    assert.equal(await runNode([...args, 'server.mjs']), 'ready\n');
  });
}
