import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRequire } from '../package-files.js';

/** What `Worker` of Node.js takes beside the file. */
export interface WorkerFlags {
  readonly execArgv: string[];
  readonly env: NodeJS.ProcessEnv;
}

/** The parts of `process` that decide. */
export interface ParentProcess {
  /** Flags of the command line. */
  readonly execArgv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly versions: object;
}

/**
 * Flags that a shard shares with its process, and whether they take a value. Each changes what a shard may do or
 * how it reaches Redis, and `Worker` takes it on Node.js 20 to 26. It throws for others, such as `--title`.
 */
const SHARED_FLAGS = new Map<string, boolean>([
  // What a shard may do. The flags that allow other threads, processes and addons are of no use to it.
  ['--permission', false],
  ['--experimental-permission', false],
  ['--permission-audit', false],
  ['--allow-fs-read', true],
  ['--allow-fs-write', true],
  ['--allow-net', false],
  // Where modules lie.
  ['--preserve-symlinks', false],
  ['--conditions', true],
  // How it reaches Redis.
  ['--dns-result-order', true],
  ['--network-family-autoselection', false],
  ['--no-network-family-autoselection', false],
  ['--network-family-autoselection-attempt-timeout', true],
  ...['min-v1.0', 'min-v1.1', 'min-v1.2', 'min-v1.3', 'max-v1.2', 'max-v1.3'].map(
    (version): [string, boolean] => [`--tls-${version}`, false],
  ),
  // What it prints.
  ['--no-warnings', false],
  ['--no-deprecation', false],
  ['--disable-warning', true],
]);

const OTHER_NAMES = new Map([
  ['-C', '--conditions'],
  ['--enable-network-family-autoselection', '--network-family-autoselection'],
]);

/** Not every line of Node.js takes it for a worker; all take the environment variable, or ignore it. */
const SYSTEM_CA_FLAG = '--use-system-ca';
const SYSTEM_CA_ENV = { NODE_USE_SYSTEM_CA: '1' };

/**
 * The flags and the environment of a worker. It runs nothing that the user's process preloads (`--require`,
 * `--import`, `--loader`, on the command line or in NODE_OPTIONS), but for the hooks of Yarn's Plug'n'Play,
 * without which the files of this package cannot be found.
 */
export function workerFlags(parent: ParentProcess, findPnp = findPnpApi): WorkerFlags {
  const { NODE_OPTIONS = '', ...env } = parent.env;
  const given = [...splitNodeOptions(NODE_OPTIONS), ...parent.execArgv];
  const hooks = 'pnp' in parent.versions ? pnpHooks(findPnp()) : [];
  const systemCa = given.includes(SYSTEM_CA_FLAG) ? SYSTEM_CA_ENV : {};
  return { execArgv: [...hooks, ...sharedFlags(given)], env: { ...env, ...systemCa } };
}

function sharedFlags(given: readonly string[]): string[] {
  const shared: string[] = [];
  for (const [i, argument] of given.entries()) {
    const [, written = '', value = given[i + 1]] = /^([^=]*)(?:=(.*))?$/s.exec(argument) ?? [];
    // Node.js takes both spellings.
    const spelled = written.replace(/(?<=\w)_/g, '-');
    const name = OTHER_NAMES.get(spelled) ?? spelled;
    const takesValue = SHARED_FLAGS.get(name);
    if (takesValue === undefined) continue;
    shared.push(takesValue ? `${name}=${value}` : name);
  }
  return shared;
}

/** The words of NODE_OPTIONS: separated by spaces, but in quotes, where a backslash takes the next character as it is. */
export function splitNodeOptions(text: string): string[] {
  const words = text.match(/(?:"(?:\\.|[^"\\])*"|[^" ])+/gs) ?? [];
  return words.map((word) =>
    word.replace(/"((?:\\.|[^"\\])*)"/gs, (_, quoted: string) => quoted.replace(/\\(.)/gs, '$1')),
  );
}

/** Flags that load the hooks. Those for ES modules are there if a package of the project needs them. */
function pnpHooks(pnpApi: string | undefined): string[] {
  if (pnpApi === undefined) return [];
  const loader = join(dirname(pnpApi), '.pnp.loader.mjs');
  const loaderFlags = existsSync(loader)
    ? ['--experimental-loader', pathToFileURL(loader).href]
    : [];
  return ['--require', pnpApi, ...loaderFlags];
}

/** The path of `.pnp.cjs`; `undefined` if this package is not one of the project's that it serves. */
function findPnpApi(): string | undefined {
  try {
    return packageRequire().resolve('pnpapi');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
