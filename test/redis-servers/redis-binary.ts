import { execFileSync } from 'node:child_process';

const NAMES = ['redis-server', 'valkey-server'];

/** The name of the first server that the `PATH` of `env` has; `undefined` if it has none. */
export function findRedisBinary(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return NAMES.find((name) => {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore', env });
      return true;
    } catch {
      return false;
    }
  });
}

/** Says what to do about it; `undefined` if there is a server to start. */
export function whyRedisUnavailable(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (findRedisBinary(env) !== undefined) return undefined;
  return 'redis-server is not installed (Debian: apt-get install redis-server)';
}

/**
 * Options of a test, or a suite, that starts a server: skipped, saying why, where there is none. CI has to
 * have one: there it throws instead.
 */
export function needsRedis(env: NodeJS.ProcessEnv = process.env): { skip: string | false } {
  const why = whyRedisUnavailable(env);
  const { CI = '' } = env;
  const isCi = CI !== '' && CI !== 'false';
  if (why !== undefined && isCi) throw new Error(`no test may be skipped in CI: ${why}`);
  return { skip: why ?? false };
}
