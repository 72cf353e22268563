import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLANTED_BUGS } from './planted-bugs.js';
import { PLANTED_JOURNAL_BUGS } from './planted-journal-bugs.js';
import { type Failure, runSeed } from './runner.js';
import type { PlantedBug } from './world.js';

const ALL_BUGS = { ...PLANTED_BUGS, ...PLANTED_JOURNAL_BUGS };
const SEEDS_MAX = 200;

for (const [name, create] of Object.entries(ALL_BUGS)) {
  test(`the simulation finds a planted bug: ${name}`, async (t) => {
    const failure = await findFailure(create);
    assert(failure !== undefined, `expected a violation within ${SEEDS_MAX} seeds`);
    t.diagnostic(`seed ${failure.seed}: ${failure.message}`);
  });
}

async function findFailure(create: () => PlantedBug): Promise<Failure | undefined> {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const result = await runSeed(seed, create());
    if ('failure' in result) return result.failure;
  }
  return undefined;
}
