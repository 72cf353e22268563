import { EventEmitter, once } from 'node:events';
import { after, before } from 'node:test';
import { RedisBatch } from '../../src/shard/redis/redis-batch.js';
import { connectRedis, type RedisClient } from '../../src/shard/redis/redis-client.js';
import { Request } from '../../src/shard/redis/request.js';
import type { ScriptOp } from '../../src/shard/redis/script.js';
import type { ScriptResult } from '../../src/shard/redis/script-results.js';
import { RedisProcess } from '../redis-servers/redis-process.js';
import { ManualClock } from '../twins/manual-clock.js';

const LIFETIME_MS = 1_000_000;
const SETTINGS = {
  kind: 'redis',
  username: undefined,
  password: undefined,
  database: 0,
  prefix: '',
  tls: undefined,
  readsStrings: false,
} as const;

/** Lines of the configuration file, by what they make of a server. */
export const SERVERS: Readonly<Record<string, readonly string[]>> = {
  'a real server': [],
  'one without GETEX, as Redis was before 6.2': ['rename-command GETEX ""'],
};

/** `stamp`: its last bytes. */
export function value(stamp: readonly number[], content: string): string {
  return String.fromCharCode(1, ...Array(8 - stamp.length).fill(0), ...stamp) + content;
}

export type Operation = [key: string, op: ScriptOp, first?: string, second?: string];

export interface ScriptServer {
  readonly server: RedisProcess;
  readonly client: RedisClient;
  readonly clock: ManualClock;
  /** In one call of the script. */
  apply(...operations: Operation[]): Promise<ScriptResult[]>;
  stored(key: string): Promise<string | null>;
  stop(): Promise<void>;
}

async function startScriptServer(config: readonly string[]): Promise<ScriptServer> {
  const clock = new ManualClock();
  const server = await RedisProcess.start({ config });
  const told = new EventEmitter();
  const client = connectRedis({
    settings: { ...SETTINGS, server: server.address },
    answerTimeoutMs: 10_000,
    clock,
    listener: { onReady: () => told.emit('ready'), onLost: () => {} },
  });
  await once(told, 'ready');
  return {
    server,
    client,
    clock,
    apply: async (...operations) => {
      const request = new Request(new RedisBatch(1));
      for (const [key, op, first = '', second = ''] of operations) {
        request.add(key, key, op, clock.now() + LIFETIME_MS, first, second);
      }
      return client.script.apply(request.keys, request.pack(clock.now()));
    },
    stored: async (key) => (await server.admin.getBuffer(key))?.toString('latin1') ?? null,
    stop: async () => {
      client.close();
      await server.stop();
    },
  };
}

/** One for all tests of a suite, from before the first to behind the last of them. */
export function useScriptServer(config: readonly string[]): Omit<ScriptServer, 'stop'> {
  let started: ScriptServer;
  before(async () => {
    started = await startScriptServer(config);
  });
  after(() => started.stop());
  return {
    get server() {
      return started.server;
    },
    get client() {
      return started.client;
    },
    get clock() {
      return started.clock;
    },
    apply: (...operations) => started.apply(...operations),
    stored: (key) => started.stored(key),
  };
}
