import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Departure,
  LinearizabilitySearch,
  type Read,
  type RegisterHistory,
  type Write,
} from './linearizability.js';

const NEVER = Number.POSITIVE_INFINITY;

function set(version: number, call: number, response: number): Write {
  return { version, call, response, optional: response === NEVER };
}

function remove(existed: boolean, call: number, response: number): Write {
  return { version: 0, existed, call, response, optional: false };
}

function get(version: number, call: number, response: number): Read {
  return { version, call, response, seesWritesBefore: call };
}

function goes(instant: number, version?: number): Departure {
  return { instant, certain: true, ...(version !== undefined && { version }) };
}

function becomes(version: number, instant: number): Departure {
  return { instant, certain: true, becomes: version };
}

function isExplained(history: Partial<RegisterHistory>): boolean {
  const search = new LinearizabilitySearch({ writes: [], reads: [], departures: [], ...history });
  return search.explainFailure() === undefined;
}

const CASES: { name: string; explained: boolean; history: Partial<RegisterHistory> }[] = [
  { name: 'nothing', explained: true, history: {} },
  {
    name: 'a read of what was set before',
    explained: true,
    history: { writes: [set(1, 1, 2)], reads: [get(1, 3, 4)] },
  },
  {
    name: 'a read of nothing after a set',
    explained: false,
    history: { writes: [set(1, 1, 2)], reads: [get(0, 3, 4)] },
  },
  {
    name: 'a read that overlaps a set sees what was before, or what comes',
    explained: true,
    history: { writes: [set(1, 1, 2), set(2, 4, 7)], reads: [get(1, 3, 6), get(2, 5, 8)] },
  },
  {
    name: 'reads that overlap a set see the old after the new',
    explained: false,
    history: { writes: [set(1, 1, 2), set(2, 3, 10)], reads: [get(2, 4, 5), get(1, 6, 7)] },
  },
  {
    name: 'a read that was called after a set under way does not see it',
    explained: false,
    history: { writes: [set(1, 1, 2), set(2, 3, 10)], reads: [get(1, 4, 11)] },
  },
  {
    name: 'a read that a later set overtakes',
    explained: true,
    history: { writes: [set(1, 1, 2), set(2, 4, 5)], reads: [get(2, 3, 6)] },
  },
  {
    name: 'a set without an answer takes effect late',
    explained: true,
    history: { writes: [set(1, 1, NEVER)], reads: [get(1, 8, 9)] },
  },
  {
    name: 'a set without an answer never takes effect',
    explained: true,
    history: { writes: [set(1, 1, NEVER)], reads: [get(0, 8, 9)] },
  },
  {
    name: 'a set without an answer takes effect twice',
    explained: false,
    history: {
      writes: [set(1, 1, NEVER), set(2, 3, 4)],
      reads: [get(1, 2, 2.5), get(2, 5, 6), get(1, 7, 8)],
    },
  },
  {
    name: 'a session goes with its worker',
    explained: true,
    history: { writes: [set(1, 1, 2)], departures: [goes(3)], reads: [get(0, 4, 5)] },
  },
  {
    name: 'a session is back after its worker has ended',
    explained: false,
    history: { writes: [set(1, 1, 2)], departures: [goes(3)], reads: [get(1, 4, 5)] },
  },
  {
    name: 'a set that was under way when the worker ended is replayed',
    explained: true,
    history: { writes: [set(1, 1, 6)], departures: [goes(3)], reads: [get(1, 7, 8)] },
  },
  {
    name: 'another version goes',
    explained: true,
    history: {
      writes: [set(1, 1, 2), set(2, 3, 4)],
      departures: [goes(5, 1)],
      reads: [get(2, 6, 7)],
    },
  },
  {
    name: 'a delete tells of a session that is gone',
    explained: false,
    history: { writes: [set(1, 1, 2), remove(true, 4, 5)], departures: [goes(3)] },
  },
  {
    name: 'a worker did a set that is under way, and did not say so',
    explained: true,
    history: {
      writes: [set(1, 1, 2), set(2, 3, 9)],
      reads: [get(1, 3, 7), get(2, 3, 8)],
      departures: [becomes(2, 5)],
    },
  },
  {
    name: 'what a worker did and was to be done again is gone',
    explained: false,
    history: {
      writes: [set(1, 1, 2), set(2, 3, NEVER)],
      reads: [get(1, 6, 7)],
      departures: [becomes(2, 5)],
    },
  },
  {
    name: 'a set is undone when the disk failed',
    explained: true,
    history: {
      writes: [set(1, 1, 2), set(2, 3, 4)],
      reads: [get(2, 5, 6), get(1, 8, 9)],
      departures: [becomes(1, 7)],
    },
  },
  {
    name: 'a delete tells what it finds',
    explained: true,
    history: { writes: [set(1, 1, 2), remove(true, 3, 4), remove(false, 5, 6)] },
  },
];

for (const { name, explained, history } of CASES) {
  test(`${explained ? 'explained' : 'not explained'}: ${name}`, () => {
    assert.equal(isExplained(history), explained);
  });
}
