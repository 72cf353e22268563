import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { installPackedPackage, REPOSITORY, runFile } from './packed.js';

const run = promisify(execFile);
const ESBUILD = join(REPOSITORY, 'node_modules', '.bin', 'esbuild');

let folder = '';
before(async () => {
  folder = await installPackedPackage();
});
after(() => rm(folder, { recursive: true, force: true }));

const SERVER = `
import jstp from '@metarhia/jstp';
import { ShardedSessionStorageProvider } from 'jstp-sharded-sessions';
for (const Session of [undefined, jstp.Session]) {
  for (const store of [{ kind: 'memory' }, { kind: 'journal', directory: 'journal' }, { kind: 'redis' }]) {
    try {
      const provider = new ShardedSessionStorageProvider({ shards: 1, store, Session });
      provider.ready.then(() => console.log('ready'), (error) => console.log(error.code));
      provider.ready.then(() => provider.close());
    } catch (error) {
      console.log(error.code, error.message);
    }
  }
}
`;

const FORMATS = ['esm', 'cjs'] as const;

// JSTP itself needs `require` in a bundle that is an ES module.
const REQUIRE =
  "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);";

for (const format of FORMATS) {
  test(`esbuild, ${format}: a bundle with the package in it loads, and the constructor throws ERR_BUNDLED`, async () => {
    await writeFile(join(folder, 'server.mjs'), SERVER);
    const file = `inside.${format === 'esm' ? 'mjs' : 'cjs'}`;
    const args = ['server.mjs', '--bundle', '--platform=node', `--format=${format}`];
    args.push('--log-level=error', `--outfile=${file}`);
    if (format === 'esm') args.push(`--banner:js=${REQUIRE}`);
    await run(ESBUILD, args, { cwd: folder });
    const { stdout } = await runFile(folder, file);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.length, 6);
    for (const line of lines) {
      assert.match(line, /^ERR_BUNDLED .*external: 'jstp-sharded-sessions' \(see the README/);
    }
    assert.equal(existsSync(join(folder, 'journal')), false);
  });
}

/** The words of the command for esbuild in the README, without `npx esbuild`. */
async function documentedArguments(): Promise<string[]> {
  const readme = await readFile(join(REPOSITORY, 'README.md'), 'utf8');
  const command = /^npx esbuild (.*?)(?<!\\)$/ms.exec(readme)?.[1];
  assert(command !== undefined);
  return command.split(/[\s\\]+/);
}

const CONVERSATION = `
import jstp from '@metarhia/jstp';
import { ShardedSessionStorageProvider } from 'jstp-sharded-sessions';
const sessionStorageProvider = new ShardedSessionStorageProvider({ shards: 2 });
const server = jstp.net.createServer({ applications: [], sessionStorageProvider });
const session = new jstp.Session(null, 'user');
session.set('key', 'value');
void sessionStorageProvider.set(session.id, session);
sessionStorageProvider.get(session.id, (restored) => {
  console.log(restored instanceof jstp.Session, restored.get('key'));
});
server.close();
`;

for (const format of FORMATS) {
  test(`esbuild, ${format}: bundled as the README says, a server has its sessions`, async () => {
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    await writeFile(join(folder, 'server.js'), CONVERSATION);
    const outfile = `dist/server.${format === 'esm' ? 'js' : 'cjs'}`;
    const args = (await documentedArguments()).map((argument) =>
      argument
        .replace('--format=esm', `--format=${format}`)
        .replace('--outfile=dist/server.js', `--outfile=${outfile}`),
    );
    assert(args.includes(`--outfile=${outfile}`));
    await run(ESBUILD, [...args, '--log-level=error'], { cwd: folder });
    assert.deepEqual(await runFile(folder, outfile), { stdout: 'true value\n', stderr: '' });
  });
}
