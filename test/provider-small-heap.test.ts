import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const FIXTURE = fileURLToPath(new URL('./fixtures/small-heap-process.js', import.meta.url));
const FLAG = '--max-old-space-size=64';

const WAYS: Record<string, { args: readonly string[]; options: string }> = {
  'on the command line': { args: [FLAG], options: '' },
  'in NODE_OPTIONS': { args: [], options: FLAG },
};

for (const [where, { args, options }] of Object.entries(WAYS)) {
  test(`small heap, asked for ${where}: large sessions are fetched at once, a burst of sets is refused in part, and nothing is lost`, async () => {
    const child = spawn(process.execPath, [...args, FIXTURE], {
      env: { ...process.env, NODE_OPTIONS: options },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const texts: string[] = [];
    child.stdout.on('data', (text) => texts.push(String(text)));
    const [code] = await once(child, 'close');
    assert.equal(code, 0);
    const { found, downs, outcomes, held } = JSON.parse(texts.join(''));
    assert.deepEqual([found, downs], [100, 0]);
    const { done, ERR_OVERLOADED: refused } = outcomes;
    assert(done > 0 && refused > 0);
    assert.deepEqual([done + refused, held], [1_500, 100 + done]);
  });
}
