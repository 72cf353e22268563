import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { oldGenerationBytes } from '../src/heap-size.js';

const MIB = 2 ** 20;
const MODULE_URL = new URL('../src/heap-size.js', import.meta.url).href;

function oldMiB(limitMiB: number, v8Version: string, youngMiB?: number): number {
  return oldGenerationBytes({ limitBytes: limitMiB * MIB, youngMiB, v8Version }) / MIB;
}

test('old generation of the main thread is the limit less the young one of each Node.js line', () => {
  // As read with --max-old-space-size=128 on Node.js 20, 22, 24 and 26.
  assert.equal(oldMiB(176, '11.3.244.8-node.38'), 128);
  assert.equal(oldMiB(176, '12.4.254.21-node.57'), 128);
  assert.equal(oldMiB(320, '13.6.233.17-node.53'), 128);
  assert.equal(oldMiB(224, '14.6.202.34-node.40'), 128);
  assert.equal(oldMiB(320, '99.0'), 128);
});

test('old generation of a worker is the limit less the young one that was asked for', () => {
  assert.equal(oldMiB(140, '13.6.233.17-node.53', 12), 128);
});

test('heap that is small as a whole is no less than a quarter old', () => {
  assert.equal(oldMiB(100, '13.6.233.17-node.53'), 25);
});

/** Prints the MiB of its own heap. */
const WORKER = `import(${JSON.stringify(MODULE_URL)}).then(({ oldGenerationBytes }) =>
  process.stdout.write(String(oldGenerationBytes() / ${MIB})))`;

const STARTS_WORKER = `new (require('node:worker_threads').Worker)(${JSON.stringify(WORKER)}, {
  eval: true,
  resourceLimits: { maxOldGenerationSizeMb: 200, maxYoungGenerationSizeMb: 12 },
})`;

for (const [flags, oldMiBExpected] of [
  [[], '200'],
  [['--max-old-space-size=96'], '96'],
] as const) {
  test(`worker reads the heap that it really has, flags of the process: [${flags}]`, () => {
    const args = [...flags, '--eval', STARTS_WORKER];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.deepEqual([stdout, stderr], [oldMiBExpected, '']);
  });
}

test('heap of this thread is more than nothing', () => {
  assert(oldGenerationBytes() > 8 * MIB);
});
