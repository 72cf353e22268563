import type { ReadText } from '../../src/cgroup-limits.js';

/** Files by path; a path that is not among them cannot be read. */
export function readsFrom(files: Readonly<Record<string, string>>): ReadText {
  return (path) => files[path];
}
