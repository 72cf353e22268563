import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { Environment } from '../report/results.js';

const PACKAGES = [
  '@metarhia/jstp',
  'msgpackr',
  'piscina',
  'memorystore',
  'lmdb',
  'ioredis',
  'redis',
  'tinybench',
];

/** What figures must not be read without. */
export function readEnvironment(quick: boolean): Environment {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${platform()} ${release()}`,
    load: loadavg()[0] ?? 0,
    node: process.version,
    versions: readVersions(),
    commit: readCommit(),
    date: new Date().toISOString(),
    quick,
  };
}

function readVersions(): Record<string, string> {
  const versions: Record<string, string> = {};
  for (const name of PACKAGES) versions[name] = versionOf(name);
  const redisServer = run('redis-server', '--version')?.match(/v=(\S+)/)?.[1];
  if (redisServer !== undefined) versions['redis-server'] = redisServer;
  return versions;
}

/** From the package.json above its entry; not every package lets that file be required. */
function versionOf(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  for (let directory = dirname(entry); directory !== dirname(directory); ) {
    const found = readPackage(join(directory, 'package.json'));
    if (found?.name === name && found.version !== undefined) return found.version;
    directory = dirname(directory);
  }
  return 'unknown';
}

function readPackage(path: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function readCommit(): string {
  const commit = run('git', 'rev-parse', '--short', 'HEAD');
  if (commit === undefined) return 'unknown';
  return run('git', 'status', '--porcelain') === '' ? commit : `${commit}, changed since`;
}

function run(command: string, ...args: string[]): string | undefined {
  const options = { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' } as const;
  try {
    return execFileSync(command, args, options).trim();
  } catch {
    return undefined;
  }
}
