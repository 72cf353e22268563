import { createRequire } from 'node:module';
import type * as ioredis from 'ioredis';
import type { CancelTimer, Clock } from '../../clock.js';
import { packageRequire } from '../../package-files.js';
import { ClusterScript, nodeName } from './cluster-script.js';
import type { RedisSettings } from './redis-settings.js';
import { SCRIPTS, type ScriptCalls, type ScriptCommands, ServerScript } from './script-calls.js';
import { withoutSecrets } from './secrets.js';

/** What the client tells. */
export interface RedisListener {
  /** It can be asked. */
  onReady(): void;
  /** It cannot be asked any more, or yet. */
  onLost(reason: Error): void;
}

/** All that the store needs of Redis. Tests put a twin in its place. */
export interface RedisClient {
  readonly isReady: boolean;
  readonly script: ScriptCalls;
  /** How many sessions there are, if none is added or removed meanwhile. */
  countSessions(): Promise<number>;
  /** Hands over all keys with the prefix, some more than once; goes on when the promise resolves. */
  visitKeys(visit: (keys: readonly Buffer[]) => Promise<void>): Promise<void>;
  /** Removes these keys, which may be gone. */
  removeKeys(keys: readonly Buffer[]): Promise<void>;
  /** Connects anew, as the address may have become that of another server. */
  reconnect(): void;
  close(): void;
}

export interface RedisClientOptions {
  readonly settings: RedisSettings;
  /** After so long without an answer the connection is given up, and made anew. */
  readonly answerTimeoutMs: number;
  readonly clock: Clock;
  readonly listener: RedisListener;
}

/** Between two looks whether a server that is connected can be asked. */
const CHECK_MS = 100;
const RECONNECT_MS_MIN = 50;
const RECONNECT_MS_MAX = 1_000;
/** From a node that had the slot to one that has it, and a few for a slot that moves meanwhile. */
const REDIRECTIONS_MAX = 5;
/** How long a failover may go unnoticed. */
const SLOTS_REFRESH_MS = 250;
/**
 * A server that is at work sends something in `answerTimeoutMs`, but may have much to do before it comes to a
 * command. This only keeps one that is forgotten from being waited for without end.
 */
const FORGOTTEN_AFTER_TIMEOUTS = 30;
const CLOSED = 'the connection was closed';
/** A server that does not speak TLS waits for more when it is greeted in it. */
const NO_TLS_ANSWER =
  '; expected an answer in TLS (rediss:// or the option tls), got none: is it a port without TLS?';
/** A server that speaks TLS closes a connection that does not begin in it. */
const NO_PLAIN_ANSWER = ' before the server had answered: is it a port with TLS?';
const KEYS_PER_STEP = 1_000;
const SLOTS = 16_384;

/** Of a server or a cluster. */
const CALL_OPTIONS = { enableOfflineQueue: false, scripts: SCRIPTS } as const;

/** Connects to Redis or Valkey; nothing else here knows ioredis, but for its clusters `ClusterScript`. */
export function connectRedis(options: RedisClientOptions): RedisClient {
  const require = packageRequire();
  const { Cluster, Redis } = require('ioredis') as typeof ioredis;
  const { server, database } = options.settings;
  if ('nodes' in server) {
    const cluster = new Cluster([...server.nodes], clusterOptions(options));
    // What the cluster counts with.
    const slotOf = createRequire(require.resolve('ioredis'))('cluster-key-slot');
    const script = new ClusterScript(cluster, slotOf);
    return new IoredisClient(options, cluster, script, () => cluster.nodes('master'));
  }
  const redis = new Redis({
    ...server,
    ...commonOptions(options),
    ...CALL_OPTIONS,
    db: database,
    // It does not tell why a server is not ready; the check below does.
    enableReadyCheck: false,
    retryStrategy: reconnectDelayMs,
  });
  return new IoredisClient(options, redis, new ServerScript(redis), () => [redis]);
}

function commonOptions({ settings, answerTimeoutMs }: RedisClientOptions) {
  const { username, password, tls } = settings;
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls }),
    connectionName: 'jstp-sharded-sessions',
    connectTimeout: answerTimeoutMs,
    commandTimeout: FORGOTTEN_AFTER_TIMEOUTS * answerTimeoutMs,
    socketTimeout: answerTimeoutMs,
    // What was not answered is asked again here, in order.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // Cheaper to read; there is nothing in the replies that needs the newer protocol.
    protocol: 2,
  } as const;
}

function clusterOptions(options: RedisClientOptions) {
  return {
    ...CALL_OPTIONS,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    slotsRefreshTimeout: options.answerTimeoutMs,
    // What failed is tried again here, in order; from its queue it would come after what followed it.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 0,
    maxRedirections: REDIRECTIONS_MAX,
    clusterRetryStrategy: reconnectDelayMs,
    redisOptions: { ...commonOptions(options), scripts: SCRIPTS },
    // A certificate is for a name.
    ...(options.settings.tls && { dnsLookup: asItIs }),
  };
}

function asItIs(name: string, callback: (error: null, address: string) => void): void {
  callback(null, name);
}

function reconnectDelayMs(times: number): number {
  return Math.min(RECONNECT_MS_MAX, RECONNECT_MS_MIN * 2 ** Math.min(times - 1, 10));
}

class IoredisClient implements RedisClient {
  readonly #options: RedisClientOptions;
  readonly #connection: ioredis.Redis | ioredis.Cluster;
  readonly script: ScriptCalls;
  readonly #nodes: () => readonly ioredis.Redis[];
  #isReady = false;
  #wasReady = false;
  #lastError: Error | undefined;
  #reconnectedMs = Number.NEGATIVE_INFINITY;
  #cancelCheck: CancelTimer = () => {};

  constructor(
    options: RedisClientOptions,
    connection: ioredis.Redis | ioredis.Cluster,
    script: ScriptCalls,
    nodes: () => readonly ioredis.Redis[],
  ) {
    this.#options = options;
    this.#connection = connection;
    this.script = script;
    this.#nodes = nodes;
    // Also keeps an error from ending the process.
    connection.on('error', (error: Error & { lastNodeError?: Error }) => {
      this.#lastError = this.#forPeople(error.lastNodeError ?? error);
    });
    connection.on('ready', () => void this.#check());
    connection.on('close', () => this.#onClose());
    connection.on('+node', handleAskingErrors);
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  async countSessions(): Promise<number> {
    let count = 0;
    await this.visitKeys(async (keys, node) => {
      // One that has just been removed has left a key that is not a session.
      const { countSessionsOfNode } = node as unknown as ScriptCommands;
      count += Number(keys.length && (await countSessionsOfNode.call(node, 0, ...keys)));
    });
    return count;
  }

  async visitKeys(
    visit: (keys: readonly Buffer[], node: ioredis.Redis) => Promise<void>,
  ): Promise<void> {
    this.#assertAllSlotsServed();
    const match = `${escapePattern(this.#options.settings.prefix)}*`;
    for (const node of this.#nodes()) {
      let cursor = '0';
      do {
        const [next, keys] = await node.scanBuffer(cursor, 'MATCH', match, 'COUNT', KEYS_PER_STEP);
        await visit(keys, node);
        cursor = next.toString();
      } while (cursor !== '0');
    }
  }

  async removeKeys(keys: readonly Buffer[]): Promise<void> {
    // One by one, as in a cluster a call may have one slot only.
    await Promise.all(keys.map((key) => this.#connection.unlink(key)));
  }

  reconnect(): void {
    // A cluster finds out by itself.
    if ('nodes' in this.#connection) return;
    const nowMs = this.#options.clock.elapsed();
    if (nowMs - this.#reconnectedMs < RECONNECT_MS_MAX) return;
    this.#reconnectedMs = nowMs;
    this.#connection.disconnect(true);
  }

  close(): void {
    this.#cancelCheck();
    this.#connection.disconnect();
  }

  /** A server that is connected may still refuse: it is loading its data, or asks for a password. */
  async #check(): Promise<void> {
    const { clock, listener } = this.#options;
    try {
      const { database } = this.#options.settings;
      // If it may not have this one, the client goes on with the first.
      if (database > 0) await this.#connection.select(database);
      else await this.#connection.ping().catch(letMisconfPass);
      this.#isReady = true;
      this.#wasReady = true;
      this.#lastError = undefined;
      listener.onReady();
    } catch (error) {
      // What a connection that has closed was not answered is told by its end.
      if (this.#connection.status !== 'ready') return;
      listener.onLost(this.#forPeople(error as Error));
      this.#cancelCheck = clock.after(CHECK_MS, () => void this.#check());
    }
  }

  #onClose(): void {
    this.#isReady = false;
    this.#cancelCheck();
    this.#options.listener.onLost(this.#lastError ?? this.#forPeople(new Error(CLOSED)));
  }

  /** A node that is away is not among those that can be asked, and its sessions would be passed over. */
  #assertAllSlotsServed(): void {
    if (!('slots' in this.#connection)) return;
    const asked = new Set(this.#nodes().map(nodeName));
    const { slots } = this.#connection;
    for (let slot = 0; slot < SLOTS; slot++) {
      const primary = slots[slot]?.[0];
      if (primary === undefined || !asked.has(primary)) {
        throw new Error(`expected a primary of slot ${slot} that answers, got none`);
      }
    }
  }

  #forPeople(error: Error): Error {
    const { tls } = this.#options.settings;
    const isUnanswered = tls !== undefined && /\bETIMEDOUT\b/.test(error.message);
    const isCutOff = tls === undefined && /\bECONNRESET\b|\bclosed$/.test(error.message);
    if (isUnanswered) error.message += NO_TLS_ANSWER;
    if (isCutOff && !this.#wasReady) error.message += NO_PLAIN_ANSWER;
    error.message = withoutSecrets(error.message, this.#options.settings);
    return error;
  }
}

/** A server whose disk is full refuses a ping like a write, and can be read. */
function letMisconfPass(error: Error): void {
  if (!/^MISCONF\b/.test(error.message)) throw error;
}

/** The client asks for this without looking at what becomes of it, and an unhandled rejection would end the worker. */
function handleAskingErrors(node: ioredis.Redis): void {
  const asking = node.asking.bind(node);
  node.asking = (...args: Parameters<typeof asking>) => {
    const asked = asking(...args);
    // What is sent behind it fails in the same way, and is tried again.
    asked.catch(() => {});
    return asked;
  };
}

/** The text as a pattern that only it matches. */
function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}
