import type { CreateLimitedStore } from '../conformance/limited-stores.js';
import { testRefusedValues } from '../conformance/refused-values-suite.js';
import { testStoreLimits } from '../conformance/store-limits-suite.js';
import { SimulatedDisk } from '../twins/simulated-disk.js';
import { createStore } from './journaled.js';

const create: CreateLimitedStore = (clock, limits) =>
  createStore({ disk: new SimulatedDisk(), clock, limits });

testStoreLimits('journal store', create);
testRefusedValues('journal store', create);
