import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryStore } from '../../src/shard/memory-store.js';
import type { StoreLimits } from '../../src/shard/session-store.js';
import { testRefusedValues } from '../conformance/refused-values-suite.js';
import { testStoreLimits } from '../conformance/store-limits-suite.js';
import { ManualClock } from '../twins/manual-clock.js';
import { LimitsModel } from './limits-model.js';

function createStore(clock: ManualClock, limits: StoreLimits): MemoryStore {
  return new MemoryStore({ shard: 0, shards: 1, purgeIntervalMs: 1_000, clock, limits });
}

testStoreLimits('memory store', createStore);
testRefusedValues('memory store', createStore);

test('memory store with limits agrees with a plain Map that is searched from end to end', () => {
  fc.assert(
    fc.property(LimitsModel.anyLimits(), LimitsModel.anySteps(), (limits, steps) => {
      const clock = new ManualClock();
      const model = new LimitsModel(createStore(clock, limits), clock, limits);
      for (const step of steps) model.apply(step);
      model.checkEnd();
    }),
    { numRuns: 2_000 },
  );
});
