import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { inspect } from 'node:util';
import jstp from '@metarhia/jstp';
import { LINGER_MS } from '../src/facade/flush-schedule.js';
import { IN_FLIGHT_BOUNDS, type InFlightBounds } from '../src/facade/in-flight-bounds.js';
import { type ProviderOptions, SessionStorageError } from '../src/index.js';
import { createTestProvider, drainMicrotasks, type TestProvider } from './twins/test-provider.js';

/** Whoever reads it in a log has the session. */
const ID = '5d0c7f1a-93be-4a61-b0d2-6e8f4c7a2b19';
/** What a message may have of it. */
const SHOWN = '"5d0c7f1a"... (SHA-256 d65809182661)';
const EVENTS = ['error', 'shardDown', 'shardUp', 'expired', 'evicted'] as const;

interface Case extends TestProvider {
  /** Everything that users get to see: rejections and events, on both ways. */
  readonly seen: unknown[];
  /** Waits for what is rejected; gives its code. */
  rejected(promise: Promise<unknown>): Promise<string>;
}

function createSession(state: Record<string, unknown> = {}): jstp.Session {
  return new jstp.Session({ _closed: true }, 'user', ID, new Map(Object.entries(state)));
}

async function withProvider(
  run: (c: Case) => Promise<string[]>,
  options: ProviderOptions = {},
  bounds?: InFlightBounds,
): Promise<{ seen: unknown[]; codes: string[] }> {
  const made = createTestProvider({ shards: 1, ...options }, bounds);
  const seen: unknown[] = [];
  const onMessage = (message: unknown) =>
    seen.push({ ...(message as object), provider: undefined });
  for (const name of EVENTS) {
    made.provider.on(name, (event: unknown) => seen.push(event));
    subscribe(`jstp-sharded-sessions:${name}`, onMessage);
  }
  const rejected = async (promise: Promise<unknown>) => {
    const error: unknown = await made.finish(promise).then(
      () => assert.fail('expected a rejection'),
      (reason: unknown) => reason,
    );
    assert(error instanceof SessionStorageError, String(error));
    seen.push(error);
    return error.code;
  };
  await made.finish(made.provider.ready);
  try {
    const codes = await run({ ...made, seen, rejected });
    made.clock.runTurns();
    await drainMicrotasks();
    return { seen, codes: [...codes, ...made.errorCodes] };
  } finally {
    for (const name of EVENTS) unsubscribe(`jstp-sharded-sessions:${name}`, onMessage);
  }
}

type Run = (c: Case) => Promise<string[]>;
type Path = readonly [code: string, run: Run, options?: ProviderOptions, bounds?: InFlightBounds];

const CHANGES = ({ provider }: Case, id: string): Promise<unknown>[] => [
  provider.set(id, createSession()),
  provider.setInactive(id),
  provider.delete(id),
];

async function allRejected(c: Case, promises: Promise<unknown>[]): Promise<string[]> {
  return Promise.all(promises.map((promise) => c.rejected(promise)));
}

/** Stores a session, and has the host buffer a message for it; nobody waits for that. */
async function bufferLate({ provider, finish, clock }: Case, message: unknown): Promise<string[]> {
  const session = createSession();
  await finish(provider.set(ID, session));
  session._bufferMessage(-1, message as string);
  clock.advance(LINGER_MS);
  await finish(provider.flush());
  return [];
}

const TIGHT: InFlightBounds = { ...IN_FLIGHT_BOUNDS, operationsMax: 1 };

class UnreadableSession extends jstp.Session {
  constructor(...args: ConstructorParameters<typeof jstp.Session>) {
    super(...args);
    throw new Error('a class that is not the host');
  }
}

const PATHS: Record<string, Path> = {
  'id that is too long': [
    'ERR_INVALID_SESSION_ID',
    (c) => allRejected(c, CHANGES(c, ID.repeat(50))),
  ],
  'id in a list': ['ERR_INVALID_SESSION_ID', (c) => allRejected(c, CHANGES(c, [ID] as never))],
  'id in an object': ['ERR_INVALID_SESSION_ID', (c) => allRejected(c, CHANGES(c, { ID } as never))],
  'id in place of the session': [
    'ERR_SESSION_NOT_SERIALIZABLE',
    async (c) => [await c.rejected(c.provider.set(ID, ID as never))],
  ],
  'session with a function': [
    'ERR_SESSION_NOT_SERIALIZABLE',
    async (c) => [await c.rejected(c.provider.set(ID, createSession({ f: () => {} })))],
  ],
  'late message with a function': ['ERR_SESSION_NOT_SERIALIZABLE', (c) => bufferLate(c, () => {})],
  'session that is too large': [
    'ERR_SESSION_TOO_LARGE',
    async (c) => [await c.rejected(c.provider.set(ID, createSession({ a: 'x'.repeat(2_000) })))],
    { maxSessionBytes: 1_000 },
  ],
  'late message that is too large': [
    'ERR_SESSION_TOO_LARGE',
    (c) => bufferLate(c, 'x'.repeat(2_000)),
    { maxSessionBytes: 1_000 },
  ],
  'store without room for a session': [
    'ERR_STORE_FULL',
    async (c) => {
      await c.finish(c.provider.set('another', createSession()));
      return [await c.rejected(c.provider.set(ID, createSession()))];
    },
    { maxSessions: 1, overflow: 'reject' },
  ],
  'store without room for a late message': [
    'ERR_STORE_FULL',
    (c) => bufferLate(c, 'x'.repeat(60_000)),
    { maxBytes: 40_000, overflow: 'reject' },
  ],
  'too much in flight': [
    'ERR_OVERLOADED',
    async (c) => {
      c.shards.port(0).hold();
      c.provider.size().catch(() => {});
      // It takes the place that is kept free for a `setInactive`.
      c.provider.setInactive('another').catch(() => {});
      return allRejected(c, [...CHANGES(c, ID), c.provider.get(ID)]);
    },
    {},
    TIGHT,
  ],
  'no answer in time': [
    'ERR_TIMEOUT',
    async (c) => {
      c.shards.port(0).hold();
      const waiting = allRejected(c, [...CHANGES(c, ID), c.provider.get(ID)]);
      c.clock.advance(2_250);
      c.clock.runTurns();
      return waiting;
    },
  ],
  'shard that cannot start': [
    'ERR_SHARD_UNAVAILABLE',
    async (c) => {
      c.shards.failStarts(0, 3);
      c.shards.port(0).kill('a test');
      const waiting = allRejected(c, [...CHANGES(c, ID), c.provider.get(ID)]);
      c.clock.advance(100);
      return waiting;
    },
  ],
  'operation that ends each worker': [
    'ERR_POISONOUS_OPERATION',
    async (c) => {
      const start = c.shards.start.bind(c.shards);
      c.shards.start = (...args) => {
        const running = start(...args);
        c.shards.port(0).hold();
        return running;
      };
      c.shards.port(0).hold();
      const waiting = c.rejected(c.provider.set(ID, createSession()));
      for (let death = 0; death < 10; death++) {
        c.clock.advance(1_000);
        c.clock.runTurns();
        c.shards.port(0).kill('a test');
      }
      return [await waiting];
    },
    { requestTimeout: 60_000 },
  ],
  'stored session that cannot be read': [
    'ERR_SESSION_UNREADABLE',
    async (c) => {
      await c.finish(c.provider.set(ID, createSession()));
      assert.equal(await c.finish(c.provider.get(ID)), undefined);
      return [];
    },
    { Session: UnreadableSession as never },
  ],
  'message that no client can read': [
    'ERR_MESSAGE_UNREADABLE',
    async (c) => {
      const session = createSession();
      session._bufferMessage(-1, '{a:[NaN]}');
      await c.finish(c.provider.set(ID, session));
      await c.finish(c.provider.get(ID));
      return [];
    },
  ],
  'provider that is closed': [
    'ERR_CLOSED',
    async (c) => {
      await c.finish(c.provider.close());
      return allRejected(c, [...CHANGES(c, ID), c.provider.get(ID)]);
    },
  ],
};

for (const [name, [code, run, options, bounds]] of Object.entries(PATHS)) {
  test(`${name}: ${code}, and nothing that is seen has the session id`, async () => {
    const { seen, codes } = await withProvider(run, options, bounds);
    assert(codes.length > 0 && codes.every((each) => each === code), codes.join());
    for (const each of seen) assertHidesId(each);
  });
}

/** Not even what is behind the first characters. */
function assertHidesId(seen: unknown): void {
  const pictures = [inspect(seen, { depth: null, showHidden: true, maxStringLength: null })];
  for (let error = seen; error instanceof Error; error = error.cause) {
    pictures.push(error.message, String(error.stack), JSON.stringify(error));
  }
  for (const picture of pictures) assert(!picture.includes(ID.slice(8)), picture);
}

test('messages about one session: show how it begins and its hash', async () => {
  for (const name of ['session with a function', 'store without room for a session']) {
    const [, run, options] = PATHS[name] ?? assert.fail(name);
    const { seen } = await withProvider(run, options);
    assert(
      seen.some((each) => each instanceof Error && each.message.includes(`session ${SHOWN}`)),
      inspect(seen),
    );
  }
});
