import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const DEPENDENCIES = ['piscina', '@metarhia', '@types', 'undici-types'];

/** Packs this package into a folder, and gives the tarball's path. */
export async function packPackage(folder: string): Promise<string> {
  // The build is there; building again would pull it from under the other tests.
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  await run('npm', pack, { cwd: REPOSITORY });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('expected npm pack to write a tarball');
  return join(folder, tarball);
}

/** A new folder in which the packed tarball of this package is installed, as for a user. */
export async function installPackedPackage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'jstp-sharded-sessions-'));
  // A folder above may have one, and if it is of this package, its name leads there.
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const tarball = await packPackage(folder);
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'jstp-sharded-sessions');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  for (const name of DEPENDENCIES) {
    await symlink(join(REPOSITORY, 'node_modules', name), join(modules, name));
  }
  return folder;
}

export interface Outcome {
  readonly stdout: string;
  /** Without what `@metarhia/jstp` prints when its optional native addon is not built. */
  readonly stderr: string;
}

/** Runs a file of the folder with the Node.js of this test. Rejects unless it exits with 0. */
export async function runFile(folder: string, file: string): Promise<Outcome> {
  const { NODE_V8_COVERAGE: _, NODE_OPTIONS: __, ...env } = process.env;
  const { stdout, stderr } = await run(process.execPath, [file], {
    cwd: folder,
    env,
    timeout: 60_000,
  });
  return { stdout, stderr: withoutAddonNotice(stderr) };
}

function withoutAddonNotice(stderr: string): string {
  const notice =
    /^(Error: Cannot find module '.*mdsf'|Require stack:|- \/.*|mdsf native addon .*)?$/;
  return stderr
    .split('\n')
    .filter((line) => !notice.test(line))
    .join('\n');
}
