import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetObjects } from '../../src/codec/met-objects.js';

for (const count of [1, 23, 24, 25, 1_000]) {
  test(`${count} objects: each is new once, and once more when they are cleared`, () => {
    const met = new MetObjects();
    const objects = Array.from({ length: count }, () => ({}));
    for (let round = 0; round < 2; round++) {
      for (const object of objects) assert(met.add(object));
      for (const object of objects) assert(!met.add(object));
      met.clear();
    }
  });
}
