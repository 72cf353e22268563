import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import jstp from '@metarhia/jstp';
import { ShardedSessionStorageProvider } from '../src/index.js';
import { describeOption } from '../src/invalid-option.js';

const MARKER = 'm4rker-of-a-secret';
/** Texts that users have at hand, with a secret in them. */
const SECRET_TEXTS = [
  MARKER,
  `redis://user:${MARKER}@127.0.0.1:6379`,
  `redis://${MARKER}@127.0.0.1:6379/x`,
  `${MARKER}:6379`,
  `user:${MARKER}@127.0.0.1`,
  `-----BEGIN PRIVATE KEY-----\n${MARKER}\n-----END PRIVATE KEY-----`,
  `${MARKER} `.repeat(100),
];

/** The same secrets as other things than texts. */
function secretsIn(text: string): unknown[] {
  const holder = { [MARKER]: text, toString: () => text, toJSON: () => text };
  return [
    text,
    Object(text),
    Buffer.from(text),
    [text],
    holder,
    { url: text, password: text },
    new Map([[text, text]]),
    Symbol(text),
    Object.defineProperty(() => {}, 'name', { value: text }),
    new Error(text),
  ];
}

const OPTION_NAMES = [
  ...['shards', 'inactiveSessionLifetime', 'activeSessionLifetime', 'purgeInterval'],
  ...['requestTimeout', 'outage', 'maxSessions', 'maxBytes', 'overflow', 'maxSessionBytes'],
  ...['Session', 'store'],
];
const JOURNAL_NAMES = ['directory', 'fsync', 'repair', 'encryptionKey', 'lockTimeout'];
const REDIS_NAMES = [
  ...['url', 'cluster', 'username', 'password', 'database', 'prefix', 'tls', 'readsStrings'],
];
const TLS_NAMES = ['ca', 'cert', 'key', 'passphrase', 'servername', 'rejectUnauthorized'];

/** Refused after the store's options have been read: what is valid opens nothing. */
const REFUSED = { requestTimeout: 0 };

/** Options with the secret in each place where another value belongs, or none. */
const PLACES: Record<string, (secret: unknown) => unknown> = {
  // A Map or an Error alone are options without any.
  'all options': (secret) => (isWithoutOptions(secret) ? { [MARKER]: secret } : secret),
  ...placesOf(OPTION_NAMES, '', (options) => options),
  'store.kind': (kind) => ({ store: { kind } }),
  'memory.password': (password) => ({ store: { kind: 'memory', password } }),
  ...placesOf(JOURNAL_NAMES, 'journal.', (options) => ({
    ...REFUSED,
    store: { kind: 'journal', directory: 'sessions', ...options },
  })),
  ...placesOf(REDIS_NAMES, 'redis.', (options) => ({
    ...REFUSED,
    store: { kind: 'redis', ...options },
  })),
  'cluster node': (node) => ({ store: { kind: 'redis', cluster: [node] } }),
  ...placesOf(['host', 'port', 'password'], 'cluster node.', (node) => ({
    ...REFUSED,
    store: { kind: 'redis', cluster: [{ host: 'h', ...node }] },
  })),
  ...placesOf(TLS_NAMES, 'tls.', (tls) => ({ ...REFUSED, store: { kind: 'redis', tls } })),
  'name of an option': (secret) => ({ [String(secret)]: 1 }),
  'name of a store option': (secret) => ({ store: { kind: 'redis', [String(secret)]: 1 } }),
  'name of a TLS option': (secret) => ({
    store: { kind: 'redis', tls: { [String(secret)]: 1 } },
  }),
};

function isWithoutOptions(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function placesOf(
  names: readonly string[],
  prefix: string,
  wrap: (options: Record<string, unknown>) => unknown,
): Record<string, (secret: unknown) => unknown> {
  return Object.fromEntries(
    names.map((name) => [prefix + name, (secret: unknown) => wrap({ [name]: secret })]),
  );
}

for (const [place, optionsOf] of Object.entries(PLACES)) {
  test(`option, ${place}: the error shows nothing of a secret in its place`, () => {
    for (const secret of SECRET_TEXTS.flatMap(secretsIn)) {
      const options = optionsOf(secret);
      assert.throws(
        () => new ShardedSessionStorageProvider(options as object),
        (error: Error & { code?: unknown }) => {
          assert.equal(error.code, 'ERR_INVALID_OPTION');
          assert.doesNotMatch(everythingIn(error), /m4rker/);
          return true;
        },
      );
    }
  });
}

/** All that a log may show. */
function everythingIn(error: Error): string {
  const { message, stack, cause } = error;
  const shown = inspect(error, { depth: Infinity, showHidden: true, maxStringLength: Infinity });
  return [message, stack, cause, shown, JSON.stringify(error), inspect(cause)].join('\n');
}

test('journal directory that is a URL: is refused, and none is made', () => {
  for (const directory of SECRET_TEXTS.slice(1, 3)) {
    assert.throws(
      () => new ShardedSessionStorageProvider({ store: { kind: 'journal', directory } }),
      {
        code: 'ERR_INVALID_OPTION',
        detail: `store.directory: expected the path of a directory, got a URL of ${directory.length} characters`,
      },
    );
  }
});

test('option: what came is shown as far as it helps and cannot be a secret', () => {
  const shown: [unknown, string][] = [
    ['memory', '"memory"'],
    ['Always', '"Always"'],
    ['', 'an empty string'],
    ['2', 'a string of 1 digit'],
    ['15000', 'a string of 5 digits'],
    ['ignore', 'a string of 6 characters'],
    ['redis://h', 'a URL of 9 characters'],
    [true, 'true'],
    [7, 'a number'],
    [7n, 'a bigint'],
    [null, 'null'],
    [undefined, 'undefined'],
    [[1], 'an array'],
    [new URL('redis://h'), 'an object'],
    [jstp.Session, 'a function'],
  ];
  for (const [value, text] of shown) assert.equal(describeOption(value), text);
});

test('usual mistakes: the error says what is wrong', () => {
  const mistakes: [options: object, detail: RegExp][] = [
    [{ shards: '2' }, /^shards: expected a whole number .*, got a string of 1 digit$/],
    [{ shards: 0 }, /^shards: expected a whole number .*, got 0$/],
    [{ outage: 'miss ' }, /^outage: expected 'retry' or 'miss', got a string of 5 characters$/],
    [{ outage: 'reject' }, /^outage: expected 'retry' or 'miss', got "reject"$/],
    [{ store: 'redis' }, /^store: expected an object such as .*, got "redis"$/],
    [{ store: 'redis://u:p@h' }, /^store: expected .*kind: 'redis', url.*, got a URL of 13 char/],
    [{ store: { kind: 'Redis' } }, /^store.kind: expected .* or 'redis', got "Redis"$/],
    [{ store: { kind: 'redis', url: 'http://h' } }, /^store.url: .*, got a URL of http:$/],
    [{ shard: 2 }, /^shard: expected one of shards, .*, got "shard"$/],
    [{ 'max-sessions': 2 }, /^max-sessions: expected one of /],
    [{ m4x: 1 }, /^options: expected one of shards, .*, got one whose name has 3 characters$/],
    [
      { store: { kind: 'memory', m4x: 1 } },
      /^store: expected no option but kind, got one whose name has 3 characters$/,
    ],
  ];
  for (const [options, detail] of mistakes) {
    assert.throws(() => new ShardedSessionStorageProvider(options), {
      code: 'ERR_INVALID_OPTION',
      detail,
    });
  }
});
