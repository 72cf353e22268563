import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCgroupLimits } from '../src/cgroup-limits.js';
import { readsFrom } from './twins/file-tree.js';

const MIB = 2 ** 20;
const V1_UNLIMITED = '9223372036854771712\n';
const NONE = Number.POSITIVE_INFINITY;

const V2 = {
  '/proc/self/cgroup': '0::/outer/inner\n',
  '/proc/self/mountinfo': '26 21 0:23 / /c rw - cgroup2 cgroup2 rw\n',
};

const V1 = {
  '/proc/self/cgroup': '4:memory:/outer/inner\n1:cpu,cpuacct:/outer/inner\n',
  '/proc/self/mountinfo':
    '35 31 0:32 / /m rw - cgroup cgroup rw,memory\n32 31 0:29 / /c rw - cgroup cgroup rw,cpu,cpuacct\n',
};

/** Of version 2, in the folders of a process that is in `/outer/inner`. */
function v2Limits(inner: Record<string, string>, outer: Record<string, string> = {}) {
  const files: Record<string, string> = { ...V2 };
  for (const [name, text] of Object.entries(inner)) files[`/c/outer/inner/${name}`] = text;
  for (const [name, text] of Object.entries(outer)) files[`/c/outer/${name}`] = text;
  return readCgroupLimits(readsFrom(files));
}

test('version 2: the smallest memory limit on the way up counts, wherever it stands', () => {
  const small = { 'memory.max': `${400 * MIB}\n` };
  const large = { 'memory.max': `${800 * MIB}\n` };
  const unlimited = { 'memory.max': 'max\n' };
  for (const [inner, outer] of [
    [unlimited, small],
    [small, unlimited],
    [large, small],
    [small, large],
    [{}, small],
  ]) {
    assert.equal(v2Limits(inner ?? {}, outer)?.memoryBytes, 400 * MIB);
  }
  assert.equal(v2Limits(unlimited, unlimited)?.memoryBytes, NONE);
});

test('version 2: memory.high limits like memory.max', () => {
  const limits = v2Limits({ 'memory.max': `${2 * MIB}\n`, 'memory.high': `${MIB}\n` });
  assert.equal(limits?.memoryBytes, MIB);
});

test('version 2: the smallest CPU quota on the way up counts, and may be less than one', () => {
  const half = { 'cpu.max': '50000 100000\n' };
  const three = { 'cpu.max': '60000 20000\n' };
  const unlimited = { 'cpu.max': 'max 100000\n' };
  for (const [inner, outer] of [
    [half, unlimited],
    [unlimited, half],
    [three, half],
    [half, three],
  ]) {
    assert.equal(v2Limits(inner ?? {}, outer)?.cpus, 0.5);
  }
  assert.equal(v2Limits(unlimited, three)?.cpus, 3);
  assert.equal(v2Limits(unlimited)?.cpus, NONE);
});

test('version 1: the smallest memory limit and CPU quota on the way up count', () => {
  const limits = readCgroupLimits(
    readsFrom({
      ...V1,
      '/m/outer/inner/memory.limit_in_bytes': V1_UNLIMITED,
      '/m/outer/memory.limit_in_bytes': `${400 * MIB}\n`,
      '/m/memory.limit_in_bytes': V1_UNLIMITED,
      '/c/outer/inner/cpu.cfs_quota_us': '150000\n',
      '/c/outer/inner/cpu.cfs_period_us': '100000\n',
      '/c/outer/cpu.cfs_quota_us': '-1\n',
      '/c/outer/cpu.cfs_period_us': '100000\n',
    }),
  );
  assert.deepEqual(limits, { memoryBytes: 400 * MIB, cpus: 1.5 });
});

test('hybrid system: the limits of both versions count', () => {
  const limits = readCgroupLimits(
    readsFrom({
      '/proc/self/cgroup': '4:memory:/\n0::/u\n',
      '/proc/self/mountinfo':
        '35 31 0:32 / /m rw - cgroup cgroup rw,memory\n41 31 0:38 / /u rw - cgroup2 cgroup2 rw\n',
      '/m/memory.limit_in_bytes': `${5 * MIB}`,
      '/u/u/cpu.max': '200000 100000',
    }),
  );
  assert.deepEqual(limits, { memoryBytes: 5 * MIB, cpus: 2 });
});

test('files that are missing, empty or say something else limit nothing', () => {
  assert.deepEqual(readCgroupLimits(readsFrom(V2)), { memoryBytes: NONE, cpus: NONE });
  for (const text of ['', '\n', '0', '-1', 'max', 'NaN', '1e3', '-5 100000']) {
    const limits = v2Limits({ 'memory.max': text, 'cpu.max': text });
    assert.equal(limits?.memoryBytes, NONE, text);
    assert.equal(limits?.cpus, NONE, text);
  }
});

test('without the files that tell the groups there are none', () => {
  assert.equal(readCgroupLimits(readsFrom({})), undefined);
  const { '/proc/self/cgroup': memberships } = V2;
  assert.equal(readCgroupLimits(readsFrom({ '/proc/self/cgroup': memberships })), undefined);
});
