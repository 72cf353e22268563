import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runSeed } from './runner.js';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));
/** What a seed does is the same on all versions of Node.js, so not all of them need as many. */
const { SIMULATION_SEEDS = '2000' } = process.env;
const SEEDS = Number(SIMULATION_SEEDS);
const PROCESSES = 2;

test(`${SEEDS} seeds: whatever goes wrong, no promise is broken`, async (t) => {
  const count = SEEDS / PROCESSES;
  const firsts = Array.from({ length: PROCESSES }, (_, i) => 1 + i * count);
  for (const output of await Promise.all(firsts.map((first) => simulate(first, count)))) {
    const last = output.trimEnd().split('\n').at(-1) ?? '';
    t.diagnostic(last);
    const [seeds, operations, faults, violations] = last.match(/\d+/g)?.map(Number) ?? [];
    assert(seeds === count && violations === 0, output);
    // Else it has become a simulation of nothing.
    assert((operations ?? 0) > 100 * count && (faults ?? 0) > count, output);
  }
});

test('a seed replays exactly, and no other seed is like it', async () => {
  const hashes = new Set<string>();
  for (let seed = 1; seed <= 20; seed++) {
    const hash = await traceHash(seed);
    assert.equal(await traceHash(seed), hash);
    hashes.add(hash);
  }
  assert.equal(hashes.size, 20);
});

/** In a process of its own: here the test runner follows each promise, which takes half of the time. */
function simulate(first: number, count: number): Promise<string> {
  const args = [MAIN, '--first', `${first}`, '--seeds', `${count}`];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout) => resolve(stdout || `${error}`));
  });
}

async function traceHash(seed: number): Promise<string> {
  const result = await runSeed(seed);
  assert('summary' in result);
  return result.summary.traceHash;
}
