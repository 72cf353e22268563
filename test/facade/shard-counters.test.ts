import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShardCounters } from '../../src/facade/shard-counters.js';
import { countsOf } from '../../src/shard-counts.js';

const NOTHING = countsOf(() => 0);

test('counters tell what has come to them since the last time', () => {
  const counters = new ShardCounters();
  counters.update({ ...NOTHING, sets: 5, expired: 2 });
  const growth = counters.update({ ...NOTHING, sets: 7, expired: 3, hits: 1 });
  assert.deepEqual(growth, { ...NOTHING, sets: 2, expired: 1, hits: 1 });
});

test('counters go on over the end of a worker, and its sessions go with it', () => {
  const counters = new ShardCounters();
  counters.update({ ...NOTHING, sessions: 5, bytes: 500, sets: 7, evictedForBytes: 2 });
  assert.equal(counters.endWorker(), 5);
  assert.deepEqual(counters.total, { ...NOTHING, sets: 7, evictedForBytes: 2 });
  const growth = counters.update({ ...NOTHING, sessions: 1, bytes: 100, sets: 1 });
  assert.equal(growth.sets, 1);
  assert.deepEqual(counters.total, {
    ...NOTHING,
    sessions: 1,
    bytes: 100,
    sets: 8,
    evictedForBytes: 2,
  });
  assert.equal(counters.endWorker(), 1);
});
