import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readOptions } from '../../src/options.js';
import { installPackedPackage, REPOSITORY, runFile } from './packed.js';

const README = await readFile(join(REPOSITORY, 'README.md'), 'utf8');
const EXAMPLES = [...README.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1] ?? '');

// An example ends like a server that is shut down; it must then exit by itself.
const SHUT_DOWN = `
if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
console.log('listening');
server.close();
`;

let folder = '';
before(async () => {
  folder = await installPackedPackage();
});
after(() => rm(folder, { recursive: true, force: true }));

test('README has examples', () => assert(EXAMPLES.length >= 2));

const FILES = ['server.js', 'client.js'];
for (const name of FILES) {
  test(`README: shows examples/${name} as it is`, async () => {
    assert(EXAMPLES.includes(await readFile(join(REPOSITORY, 'examples', name), 'utf8')));
  });
}

test('README: all examples are servers that are run here, or files', () => {
  const others = EXAMPLES.filter((example) => !example.includes('listen(8080)'));
  assert.equal(others.length, 1);
  assert(others[0]?.includes('jstp.net.connect('));
});

for (const [i, example] of EXAMPLES.entries()) {
  if (!example.includes('listen(8080)')) continue;
  test(`README: example ${i + 1} runs, and its process exits when the server is closed`, async () => {
    const file = `example-${i + 1}.mjs`;
    await writeFile(join(folder, file), example.replace('listen(8080)', 'listen(0)') + SHUT_DOWN);
    assert.deepEqual(await runFile(folder, file), { stdout: 'listening\n', stderr: '' });
  });
}

/** The words in code font in the first column of the table under a heading. */
function firstColumn(heading: string): string[] {
  const section = README.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] ?? '');
}

test('README: the option table names every option, in the words of the code', () => {
  let expected: unknown;
  try {
    readOptions({ noSuchOption: 1 } as never);
  } catch (error) {
    expected = error;
  }
  assert(expected instanceof Error);
  const names = /expected one of (.*), got/.exec(expected.message)?.[1]?.split(', ');
  assert.deepEqual(firstColumn('Options'), names);
});

test('README: the error table names every code', async () => {
  const source = await readFile(join(REPOSITORY, 'src/errors.ts'), 'utf8');
  const codes = [...source.matchAll(/^ {2}(ERR_\w+):/gm)].map((match) => match[1]);
  assert.deepEqual(firstColumn('Errors').sort(), codes.sort());
});
