import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { ProcessGuard } from './process-guard.js';
import { statusOf } from './process-status.js';
import { findRedisBinary, whyRedisUnavailable } from './redis-binary.js';
import {
  AUTHORITY_PATH,
  configOf,
  type RedisAddress,
  type RedisCredentials,
  type RedisProcessOptions,
} from './redis-config.js';
import { waitUntil } from './wait-until.js';

// Below the ports that the system gives to outgoing connections, and so is what a node of a cluster adds to
// its port: while a server is down nobody takes its port by chance.
const PORT_MIN = 10_000;
const PORT_MAX = 22_000;
const PORTS_TRIED_MAX = 20;
/** Only a command to a server that hangs ever waits this long. */
const COMMAND_MS_MAX = 5_000;
const KIB = 1_024;

/** What ioredis needs to connect to a server. */
export type RedisClientOptions = RedisAddress &
  Partial<RedisCredentials> & { readonly tls?: { readonly ca: Buffer } };

/** A server of its own, which ends with this process at the latest. */
export class RedisProcess {
  readonly options: RedisProcessOptions;
  readonly #directory = mkdtempSync(join(tmpdir(), 'jstp-redis-'));
  readonly #logPath = join(this.#directory, 'redis.log');
  readonly #guard = new ProcessGuard(this.#directory);
  #address: RedisAddress;
  #child: ChildProcess | undefined;
  #admin: Redis | undefined;
  #frozen = false;

  private constructor(options: RedisProcessOptions) {
    this.options = options;
    this.#address = this.#newAddress(options.port);
  }

  /** Resolves when the server answers. Rejects, with what it logged, if it does not come to that. */
  static async start(options: RedisProcessOptions = {}): Promise<RedisProcess> {
    const server = new RedisProcess(options);
    try {
      await server.#startAnywhere();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Stays the same over restarts. */
  get address(): RedisAddress {
    return this.#address;
  }

  /** Of the process that was started last. */
  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('expected a server that was started');
    return pid;
  }

  get running(): boolean {
    const child = this.#child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Running and not frozen. */
  get answering(): boolean {
    return this.running && !this.#frozen;
  }

  get clientOptions(): RedisClientOptions {
    const tls = this.options.listen === 'tls' ? { tls: { ca: readFileSync(AUTHORITY_PATH) } } : {};
    return { ...this.#address, ...this.options.credentials, ...tls };
  }

  /** For what a test does to the server, not for what it tests. Its commands fail while the server is down. */
  get admin(): Redis {
    if (this.#admin === undefined || this.#admin.status === 'end') {
      this.#admin = new Redis(this.#adminOptions());
      // The commands tell it.
      this.#admin.on('error', () => {});
    }
    return this.#admin;
  }

  /** Resolves when the server answers at its address, its data loaded. Rejects if it ends before that. */
  async waitUntilReady(): Promise<void> {
    await waitUntil(
      `an answer of redis-server ${this.pid}`,
      async () => !this.running || (await this.#answersPing()),
    );
    if (!this.running) throw new Error(`redis-server has ended:\n${this.log()}`);
  }

  /** Ends it at once, as a crash does. Resolves when it has ended; `restart` starts it again. */
  async kill(): Promise<void> {
    this.#admin?.disconnect();
    this.#admin = undefined;
    const child = this.#child;
    if (child === undefined || !this.running) return;
    child.ref();
    const exited = once(child, 'exit');
    this.#signal('SIGKILL');
    await exited;
  }

  /** Kills it if it runs, and starts it at the same address: with its data if it is append-only, else empty. */
  async restart(): Promise<void> {
    await this.kill();
    await this.#spawn();
    await this.waitUntilReady();
  }

  /** Until `thaw` it does nothing; its connections stay open. */
  async freeze(): Promise<void> {
    this.#signal('SIGSTOP');
    this.#frozen = true;
    await waitUntil('a frozen redis-server', () =>
      (statusOf(this.pid, 'State') ?? 'T').startsWith('T'),
    );
  }

  thaw(): void {
    this.#signal('SIGCONT');
    this.#frozen = false;
  }

  /** 0 where that cannot be told. */
  residentBytes(): number {
    return Number.parseInt(statusOf(this.pid, 'VmRSS') ?? '0', 10) * KIB;
  }

  /** What it has logged since it was started last. */
  log(): string {
    return readFileSync(this.#logPath, 'utf8');
  }

  /** Kills it and removes its directory. Repeatable. */
  async stop(): Promise<void> {
    await this.kill();
    await this.#guard.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #adminOptions() {
    return {
      ...this.clientOptions,
      // Redis 6.0 does not take the login of a user with what asks for a newer one.
      protocol: 2 as const,
      lazyConnect: true,
      enableReadyCheck: false,
      disableClientInfo: true,
      retryStrategy: null,
      connectTimeout: COMMAND_MS_MAX,
      commandTimeout: COMMAND_MS_MAX,
      // Nothing shall keep a test that is over from ending.
      disconnectTimeout: 0,
    };
  }

  #newAddress(port = randomInt(PORT_MIN, PORT_MAX)): RedisAddress {
    if ((this.options.listen ?? 'unix') === 'unix') {
      return { path: join(this.#directory, 'redis.sock') };
    }
    return { host: '127.0.0.1', port };
  }

  /** Whether a port is free, only the server itself can tell: one seen free may be taken right after. */
  async #startAnywhere(): Promise<void> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.restart();
      } catch (error) {
        const isTaken = !this.running && /address already in use/i.test(String(error));
        if (!isTaken || tried === PORTS_TRIED_MAX) throw error;
        this.#address = this.#newAddress();
      }
    }
  }

  async #spawn(): Promise<void> {
    const binary = findRedisBinary();
    if (binary === undefined) throw new Error(whyRedisUnavailable());
    const configPath = join(this.#directory, 'redis.conf');
    writeFileSync(configPath, configOf(this.options, this.#address, this.#directory));
    const log = openSync(this.#logPath, 'w');
    // Detached: it leads a group, so that a signal reaches what it forks, and none comes from the terminal.
    const child = spawn(binary, [configPath], { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    child.unref();
    child.once('exit', () => this.#guard.forget());
    this.#child = child;
    this.#frozen = false;
    if (child.pid !== undefined) this.#guard.guard(child.pid);
    await once(child, 'spawn');
  }

  /** Whose port it is matters: the one that answers there may be another. */
  async #answersPing(): Promise<boolean> {
    await this.admin.ping();
    const pid = /^process_id:(\d+)/m.exec(await this.admin.info('server'))?.[1];
    return Number(pid) === this.pid;
  }

  #signal(signal: NodeJS.Signals): void {
    if (!this.running) throw new Error('expected a running server');
    process.kill(-this.pid, signal);
  }
}
