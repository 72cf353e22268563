import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cgroupFoldersOf } from '../src/cgroup-folders.js';

const V2_MOUNT = '26 21 0:23 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
const V1_MEMORY = '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n';
const V1_CPU =
  '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n';
const OTHERS =
  '22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n23 22 0:21 / /proc rw - proc proc rw\n';

test('group of version 2 is followed up to the mounted one', () => {
  assert.deepEqual(cgroupFoldersOf('memory', '0::/a.slice/b.service\n', OTHERS + V2_MOUNT), [
    {
      version: 2,
      paths: ['/sys/fs/cgroup/a.slice/b.service', '/sys/fs/cgroup/a.slice', '/sys/fs/cgroup'],
    },
  ]);
});

test('groups of version 1 are found by their controller, alone or among others', () => {
  const memberships = '9:name=systemd:/s\n4:memory:/m\n1:cpuacct,cpu:/c:with:colons\n';
  const mounts = OTHERS + V1_MEMORY + V1_CPU;
  assert.deepEqual(cgroupFoldersOf('memory', memberships, mounts), [
    { version: 1, paths: ['/sys/fs/cgroup/memory/m', '/sys/fs/cgroup/memory'] },
  ]);
  const cpu = '/sys/fs/cgroup/cpu,cpuacct';
  assert.deepEqual(cgroupFoldersOf('cpu', memberships, mounts), [
    { version: 1, paths: [`${cpu}/c:with:colons`, cpu] },
  ]);
});

test('hybrid system has groups of both versions', () => {
  const mounts = `${V1_MEMORY}41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`;
  const found = cgroupFoldersOf('memory', '4:memory:/m\n0::/u\n', mounts);
  assert.deepEqual(
    found.map(({ version, paths }) => [version, paths[0]]),
    [
      [1, '/sys/fs/cgroup/memory/m'],
      [2, '/sys/fs/cgroup/unified/u'],
    ],
  );
});

test('container whose group is mounted alone sees that group and those in it, and none above it', () => {
  const mounts = '35 31 0:32 /docker/1f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n';
  const pathsOf = (group: string) =>
    cgroupFoldersOf('memory', `4:memory:${group}`, mounts)[0]?.paths;
  assert.deepEqual(pathsOf('/docker/1f'), ['/sys/fs/cgroup/memory']);
  assert.deepEqual(pathsOf('/docker/1f/in'), ['/sys/fs/cgroup/memory/in', '/sys/fs/cgroup/memory']);
  for (const elsewhere of ['/docker/1fe', '/', '/../other', '/docker/1f/../2e']) {
    assert.deepEqual(pathsOf(elsewhere), ['/sys/fs/cgroup/memory'], elsewhere);
  }
});

test('folder with a space in its name is found', () => {
  const mounts = String.raw`26 21 0:23 /with\040space /mnt/c\040g rw - cgroup2 cgroup2 rw`;
  const [found] = cgroupFoldersOf('cpu', '0::/with space/below', mounts);
  assert.deepEqual(found?.paths, ['/mnt/c g/below', '/mnt/c g']);
});

test('texts that make no sense name no folders', () => {
  const nonsense = ['', '\n\n', 'a b c', '1:2', '0::relative', '1 2 3 4 5 6', '35 - cgroup2'];
  for (const text of nonsense) {
    assert.deepEqual(cgroupFoldersOf('memory', text, V2_MOUNT), [], `as memberships: ${text}`);
    assert.deepEqual(cgroupFoldersOf('memory', '0::/a', text), [], `as mounts: ${text}`);
  }
});
