import assert from 'node:assert/strict';
import { availableParallelism, totalmem } from 'node:os';
import { test } from 'node:test';
import { type OperatingSystem, readProcessResources } from '../src/process-resources.js';
import { readsFrom } from './twins/file-tree.js';

const GIB = 2 ** 30;

const MACHINE: OperatingSystem = {
  isLinux: true,
  readText: readsFrom({}),
  cpus: () => 16,
  memoryBytes: () => 64 * GIB,
  constrainedMemoryBytes: () => undefined,
};

function inGroup(files: Record<string, string>): OperatingSystem['readText'] {
  return readsFrom({
    '/proc/self/cgroup': '0::/g\n',
    '/proc/self/mountinfo': '26 21 0:23 / /c rw - cgroup2 cgroup2 rw\n',
    ...files,
  });
}

test('limits of the cgroup count where they are below what the machine has', () => {
  const readText = inGroup({ '/c/g/memory.max': `${GIB}`, '/c/g/cpu.max': '50000 100000' });
  assert.deepEqual(readProcessResources({ ...MACHINE, readText }), { memoryBytes: GIB, cpus: 0.5 });
});

test('limits above what the machine has do not count', () => {
  const readText = inGroup({ '/c/g/memory.max': `${99 * GIB}`, '/c/g/cpu.max': '9900000 100000' });
  const all = { memoryBytes: 64 * GIB, cpus: 16 };
  assert.deepEqual(readProcessResources({ ...MACHINE, readText }), all);
});

test('with cgroups Node.js is not asked: it may know the limit of another group', () => {
  const constrainedMemoryBytes = () => 2 * GIB;
  const system = { ...MACHINE, readText: inGroup({}), constrainedMemoryBytes };
  assert.equal(readProcessResources(system).memoryBytes, 64 * GIB);
});

test('without cgroups, and on other systems, Node.js is asked', () => {
  for (const isLinux of [true, false]) {
    const readText = isLinux ? readsFrom({}) : inGroup({ '/c/g/memory.max': `${GIB}` });
    const system = { ...MACHINE, isLinux, readText };
    for (const noLimit of [undefined, 0, 2 ** 63, Number.MAX_VALUE]) {
      const constrainedMemoryBytes = () => noLimit;
      const resources = readProcessResources({ ...system, constrainedMemoryBytes });
      assert.deepEqual(resources, { memoryBytes: 64 * GIB, cpus: 16 });
    }
    const limited = { ...system, constrainedMemoryBytes: () => 2 * GIB };
    assert.equal(readProcessResources(limited).memoryBytes, 2 * GIB);
  }
});

test('this process may use something, and no more than its machine has', () => {
  const { memoryBytes, cpus } = readProcessResources();
  assert(memoryBytes > 0 && memoryBytes <= totalmem());
  assert(cpus > 0 && cpus <= availableParallelism());
});
