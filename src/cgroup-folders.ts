/** What a control group of Linux limits, by the name of the controller that does it. */
export type CgroupController = 'memory' | 'cpu';

/** The groups of one hierarchy that a process is in. */
export interface CgroupFolders {
  readonly version: 1 | 2;
  /** The process's own group first, then each group around it up to the mounted one. */
  readonly paths: readonly string[];
}

/**
 * The folders of the groups that limit a process. A group that lies above the mounted one (a container sees
 * only its own) has no folder here.
 * @param controller whose groups are wanted
 * @param memberships text of `/proc/self/cgroup`
 * @param mounts text of `/proc/self/mountinfo`
 */
export function cgroupFoldersOf(
  controller: CgroupController,
  memberships: string,
  mounts: string,
): CgroupFolders[] {
  const mounted = linesOf(mounts).flatMap((line) => parseMount(line) ?? []);
  return linesOf(memberships).flatMap((line) => {
    const membership = parseMembership(line);
    if (membership === undefined) return [];
    const version = membership.controllers === '' ? 2 : 1;
    if (version === 1 && !membership.controllers.split(',').includes(controller)) return [];
    return mounted
      .filter((mount) => (version === 2 ? mount.isV2 : mount.v1Options.includes(controller)))
      .map((mount) => ({ version, paths: pathsUpward(mount, membership.group) }));
  });
}

interface Membership {
  /** Empty in version 2. */
  readonly controllers: string;
  /** A path in the hierarchy. */
  readonly group: string;
}

interface Mount {
  readonly isV2: boolean;
  /** Of version 1; the controllers are among them. */
  readonly v1Options: readonly string[];
  /** The group that is mounted, a path in the hierarchy. */
  readonly root: string;
  /** Where its folder is. */
  readonly folder: string;
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** `4:memory:/group` in version 1, `0::/group` in version 2. A group may have colons in its name. */
function parseMembership(line: string): Membership | undefined {
  const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
  if (match === null) return undefined;
  const [, controllers = '', group = '/'] = match;
  return { controllers, group };
}

/** `35 31 0:32 /group /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory`, see proc(5). */
function parseMount(line: string): Mount | undefined {
  const fields = line.split(' ');
  const end = fields.indexOf('-');
  const [root, folder] = fields.slice(3, 5).map(unescapeOctal);
  const [type, , options = ''] = fields.slice(end + 1);
  if (end < 0 || root === undefined || folder === undefined) return undefined;
  if (type !== 'cgroup' && type !== 'cgroup2') return undefined;
  const isV2 = type === 'cgroup2';
  return { isV2, v1Options: isV2 ? [] : options.split(','), root, folder };
}

/** The kernel writes a space in a path as `\040`. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8)));
}

function pathsUpward({ root, folder }: Mount, group: string): string[] {
  const names = groupBelow(root, group)
    .split('/')
    .filter((name) => name !== '');
  const paths: string[] = [];
  for (let count = names.length; count >= 0; count--) {
    paths.push([folder, ...names.slice(0, count)].join('/'));
  }
  return paths;
}

/** Empty, which stands for the mounted group itself, if the group is not below the mounted one. */
function groupBelow(root: string, group: string): string {
  if (group.split('/').includes('..')) return '';
  if (root === '/') return group;
  const isBelow = group === root || group.startsWith(`${root}/`);
  return isBelow ? group.slice(root.length) : '';
}
