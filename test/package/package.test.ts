import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { installPackedPackage, runFile } from './packed.js';

let folder = '';
before(async () => {
  folder = await installPackedPackage();
});
after(() => rm(folder, { recursive: true, force: true }));

const USE = `
const jstp = { Session: class extends Map {
  constructor(connection, username, id) {
    super();
    Object.assign(this, { id, connection, username, buffer: new Map() });
  }
} };
const provider = new ShardedSessionStorageProvider({ shards: 2, Session: jstp.Session });
const session = new jstp.Session(null, 'user', 'an id');
session.set('key', 'value');
provider.set('an id', session);
provider.get('an id', (restored) => console.log(restored.get('key')));
`;

const WAYS: [string, string, string][] = [
  ['import', 'use.mjs', "import { ShardedSessionStorageProvider } from 'jstp-sharded-sessions';"],
  [
    'require',
    'use.cjs',
    "const { ShardedSessionStorageProvider } = require('jstp-sharded-sessions');",
  ],
];
for (const [way, file, load] of WAYS) {
  test(`packed tarball: ${way} works in silence, and the process exits by itself`, async () => {
    await writeFile(join(folder, file), load + USE);
    assert.deepEqual(await runFile(folder, file), { stdout: 'value\n', stderr: '' });
  });
}

test('packed tarball: without ioredis the redis store says what to install, and others work', async () => {
  const load = "import { ShardedSessionStorageProvider } from 'jstp-sharded-sessions';";
  const construct = `
for (const kind of ['redis', 'memory']) {
  try {
    const provider = new ShardedSessionStorageProvider({ store: { kind }, Session: class extends Map {} });
    await provider.ready;
    console.log(kind, 'is ready');
    await provider.close();
  } catch (e) {
    console.log(kind, e.code, e.message);
  }
}`;
  await writeFile(join(folder, 'no-redis.mjs'), load + construct);
  const { stdout } = await runFile(folder, 'no-redis.mjs');
  const [redis = '', memory] = stdout.split('\n');
  assert.match(redis, /^redis ERR_REDIS_CLIENT .*got none: npm install ioredis$/);
  assert.equal(memory, 'memory is ready');
});

test('packed tarball: without @metarhia/jstp and without a Session class it says what is missing', async () => {
  await rm(join(folder, 'node_modules', '@metarhia'));
  const load = "import { ShardedSessionStorageProvider } from 'jstp-sharded-sessions';";
  const construct =
    'try { new ShardedSessionStorageProvider(); } catch (e) { console.log(e.code, e.message); }';
  await writeFile(join(folder, 'missing.mjs'), `${load}\n${construct}`);
  const { stdout } = await runFile(folder, 'missing.mjs');
  assert.match(
    stdout,
    /^ERR_INVALID_OPTION .*Session: expected .*@metarhia\/jstp cannot be loaded .*: npm install @metarhia\/jstp@2, or pass/,
  );
});

test('packed tarball: holds what a user needs, and no tests', async () => {
  const root = join(folder, 'node_modules', 'jstp-sharded-sessions');
  const top = await readdir(root);
  const expected = ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'docs', 'jstp'];
  expected.push('package.json', 'src');
  assert.deepEqual(top.sort(), expected);
  assert.deepEqual(await readdir(join(root, 'dist')), ['src']);
});

test('package.json: tools that read no exports find the same files by main and types', async () => {
  const manifest = JSON.parse(
    await readFile(join(folder, 'node_modules/jstp-sharded-sessions/package.json'), 'utf8'),
  );
  const { types, default: main } = manifest.exports['.'];
  assert.deepEqual([manifest.main, manifest.types], [main, types]);
  // No address is known yet; a wrong one would be followed.
  for (const field of ['repository', 'bugs', 'homepage']) assert.equal(manifest[field], undefined);
});
