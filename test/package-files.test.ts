import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { assertOwnFiles, packageFile, packageRequire, SHARD_WORKER } from '../src/package-files.js';

type PackageFiles = typeof import('../src/package-files.js');

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jstp-package-files-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const file of ['package-files.js', 'errors.js']) {
    await cp(new URL(`../src/${file}`, import.meta.url), join(folder, file));
  }
});
after(() => rm(folder, { recursive: true }));

const load = (file: string): Promise<PackageFiles> =>
  import(String(pathToFileURL(join(folder, file))));

test('packageFile: gives the URL of a file that is there', () => {
  assert(existsSync(fileURLToPath(packageFile(SHARD_WORKER))));
  assert(existsSync(fileURLToPath(packageFile('shard/journal/reshard-worker.js'))));
  assertOwnFiles();
});

test('packageRequire: finds what is installed beside the package', () => {
  assert.match(packageRequire().resolve('@metarhia/jstp'), /jstp\.js$/);
});

test('own files: without the file of the workers ERR_BUNDLED names it and the remedy', async () => {
  const files = await load('package-files.js');
  assert.throws(files.assertOwnFiles, {
    code: 'ERR_BUNDLED',
    message: /got no .*shard.worker\.js; .* external: 'jstp-sharded-sessions'/,
  });
});

test('own files: code that was copied to another file is ERR_BUNDLED, workers beside it or not', async () => {
  await copyFile(join(folder, 'package-files.js'), join(folder, 'bundle.js'));
  const files = await load('bundle.js');
  const message = /got the file file:.*bundle\.js; .* external/;
  assert.throws(() => files.packageFile('errors.js'), { code: 'ERR_BUNDLED', message });
  assert.throws(files.packageRequire, { code: 'ERR_BUNDLED', message });
});

test("own files: in a bundle of webpack, where import.meta.url is the source's, ERR_BUNDLED", () => {
  Object.assign(globalThis, { __webpack_require__: () => {} });
  try {
    assert.throws(assertOwnFiles, { code: 'ERR_BUNDLED', message: /got a bundle of webpack/ });
  } finally {
    Reflect.deleteProperty(globalThis, '__webpack_require__');
  }
});
