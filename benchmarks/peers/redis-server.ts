import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const COMMAND = 'redis-server';
const START_MS_MAX = 5_000;
const POLL_MS = 10;
const KIB = 1_024;

let whyUnavailable: string | undefined | null = null;

/** Says what to do about it; `undefined` if there is a server to start. */
export function whyRedisServerUnavailable(): string | undefined {
  if (whyUnavailable === null) whyUnavailable = findOut();
  return whyUnavailable;
}

function findOut(): string | undefined {
  if (process.platform === 'win32') return `${COMMAND} does not run on Windows`;
  try {
    execFileSync(COMMAND, ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return `${COMMAND} is not installed (Debian: apt-get install redis-server)`;
  }
}

/** A server of its own for one run, in memory only, that nobody else can reach. */
export class RedisServer {
  readonly #directory = mkdtempSync(join(tmpdir(), 'jstp-bench-redis-'));
  readonly #child: ChildProcess;
  readonly socketPath = join(this.#directory, 'redis.sock');
  // Nothing of it is to be kept.
  readonly #stopNow = () => this.#child.kill('SIGKILL');

  private constructor() {
    const keepNothing = ['--save', '', '--appendonly', 'no'];
    const reachedBy = ['--port', '0', '--unixsocket', this.socketPath];
    this.#child = spawn(COMMAND, [...reachedBy, ...keepNothing, '--dir', this.#directory], {
      stdio: 'ignore',
    });
    process.once('exit', this.#stopNow);
  }

  /** Resolves when it can be connected to. */
  static async start(): Promise<RedisServer> {
    const server = new RedisServer();
    const endMs = performance.now() + START_MS_MAX;
    while (!existsSync(server.socketPath)) {
      if (performance.now() > endMs || server.#child.exitCode !== null) {
        await server.stop();
        throw new Error(`${COMMAND} did not start`);
      }
      await setTimeout(POLL_MS);
    }
    return server;
  }

  /** 0 where that cannot be told. */
  residentBytes(): number {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'latin1');
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * KIB;
    } catch {
      return 0;
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#stopNow();
      await exited;
    }
    process.off('exit', this.#stopNow);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
