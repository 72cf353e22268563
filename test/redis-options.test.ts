import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SessionStorageError } from '../src/errors.js';
import { type ProviderOptions, readOptions } from '../src/options.js';
import { readStoreOptions } from '../src/store-options.js';
import { AUTHORITY_PATH } from './redis-servers/redis-config.js';

const DEFAULTS = {
  kind: 'redis',
  server: { host: '127.0.0.1', port: 6_379 },
  username: undefined,
  password: undefined,
  database: 0,
  prefix: 'jstp:session:',
  tls: undefined,
  readsStrings: false,
};

function read(options: Record<string, unknown>): unknown {
  return readStoreOptions({ kind: 'redis', ...options });
}

test('redis store: options left out get the documented defaults', () => {
  assert.deepEqual(read({}), DEFAULTS);
});

const URLS: [url: string, read: object][] = [
  ['redis://example.org', { server: { host: 'example.org', port: 6_379 } }],
  ['redis://10.0.0.1:7000/3', { server: { host: '10.0.0.1', port: 7_000 }, database: 3 }],
  ['redis://[::1]:7000', { server: { host: '::1', port: 7_000 } }],
  ['rediss://example.org', { server: { host: 'example.org', port: 6_379 }, tls: {} }],
  [
    'redis://us%40er:p%2Fw%3A@h:1/0',
    { server: { host: 'h', port: 1 }, username: 'us@er', password: 'p/w:' },
  ],
  ['redis://:secret@h', { server: { host: 'h', port: 6_379 }, password: 'secret' }],
  ['unix:///run/a%20b/redis.sock', { server: { path: '/run/a b/redis.sock' } }],
];
for (const [url, expected] of URLS) {
  test(`redis store: ${url} is read`, () => {
    assert.deepEqual(read({ url }), { ...DEFAULTS, ...expected });
  });
}

test('redis store: options of their own go before what the URL says', () => {
  const given = { username: 'u', password: 'p', database: 4, prefix: '{x}:', readsStrings: true };
  const url = 'rediss://a:b@h:1/2';
  const server = { host: 'h', port: 1 };
  assert.deepEqual(read({ url, ...given }), { kind: 'redis', server, tls: {}, ...given });
});

test('redis store: what would lead elsewhere or only fail later is refused, and no secret shown', () => {
  const refused: Record<string, unknown>[] = [
    { url: 'unix://' },
    { url: 'unix:///' },
    { url: 'unix://secret.sock' },
    { url: 'unix://run/secret.sock' },
    { url: 'redis://h:0' },
    { url: 'redis://h?password=secret' },
    { url: 'redis://h#secret' },
    { cluster: [{ host: 'redis://:secret@h' }] },
    { cluster: [{ host: 'user:secret@h' }] },
    { cluster: [{ host: 'a secret' }] },
    { tls: { ca: '/path/of/the/secret.pem' } },
    { tls: { cert: 'secret', key: 'secret' } },
    { tls: { key: '-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----' } },
  ];
  for (const options of refused) {
    assert.throws(
      () => read(options),
      ({ code, message }: SessionStorageError) =>
        code === 'ERR_INVALID_OPTION' && !message.includes('secret'),
      JSON.stringify(options),
    );
  }
});

test('redis store: an option that there is not is refused with those that there are', () => {
  assert.throws(() => read({ host: 'h' }), {
    message: /store\.host: expected one of url, cluster, username, .*readsStrings, got "host"/,
  });
  assert.throws(() => read({ cluster: [{ host: 'a', name: 'b' }] }), {
    message: /store\.cluster\[\]\.name: expected one of host, port, got "name"/,
  });
});

test('redis store: an address that is not set says that an environment variable may be missing', () => {
  for (const options of [{ url: '' }, { url: undefined }, { cluster: undefined }]) {
    assert.throws(() => read(options), { message: /is an environment variable not set\?/ });
  }
  const cluster = [{ host: 'a' }];
  assert.doesNotThrow(() => read({ url: undefined, cluster }));
  assert.doesNotThrow(() => read({ url: 'redis://h', cluster: undefined }));
});

test('a URL that is given in place of the options is not shown', () => {
  const url = 'redis://user:secret@h';
  for (const options of [url, { store: url }, { store: { kind: url } }, { shards: url }]) {
    assert.throws(
      () => readOptions(options as ProviderOptions),
      ({ code, stack }: SessionStorageError) =>
        code === 'ERR_INVALID_OPTION' && !String(stack).includes('secret'),
    );
  }
});

test('redis store: nodes of a cluster, with and without a port', () => {
  const cluster = [{ host: 'a' }, { host: 'b', port: 7_001 }];
  const nodes = [
    { host: 'a', port: 6_379 },
    { host: 'b', port: 7_001 },
  ];
  assert.deepEqual(read({ cluster }), { ...DEFAULTS, server: { nodes } });
});

test('redis store: what TLS is made with is copied', () => {
  const ca = readFileSync(AUTHORITY_PATH, 'utf8');
  const tls = { ca, servername: 'n', rejectUnauthorized: false };
  assert.deepEqual(read({ tls }), { ...DEFAULTS, tls });
  assert.deepEqual(read({ tls: true }), { ...DEFAULTS, tls: {} });
  assert.deepEqual(read({ tls: false }), DEFAULTS);
});

const BAD: [option: string, options: Record<string, unknown>][] = [
  ['store.url', { url: 'no url' }],
  ['store.url', { url: 'http://example.org' }],
  ['store.url', { url: 'redis://%zz@h' }],
  ['store.url', { url: '' }],
  ['store.url', { url: undefined }],
  ['store.url', { url: undefined, cluster: undefined }],
  ['store.url', { url: 'redis://' }],
  ['store.url', { url: 'rediss:///1' }],
  ['store.cluster', { cluster: undefined }],
  ['store.url', { url: 7 }],
  ['store.database', { url: 'redis://h/x' }],
  ['store.database', { database: -1 }],
  ['store.database', { database: '1' }],
  ['store.database', { cluster: [{ host: 'a' }], database: 1 }],
  ['store.cluster', { cluster: [] }],
  ['store.cluster', { cluster: 'a:1' }],
  ['store.cluster', { cluster: ['a:1'] }],
  ['store.cluster', { cluster: [{ host: 'a' }], url: 'redis://h' }],
  ['store.cluster[].host', { cluster: [{ port: 1 }] }],
  ['store.cluster[].port', { cluster: [{ host: 'a', port: 0 }] }],
  ['store.cluster[].name', { cluster: [{ host: 'a', name: 'b' }] }],
  ['store.prefix', { prefix: 7 }],
  ['store.prefix', { prefix: 'x'.repeat(1_025) }],
  ['store.prefix', { prefix: '\ud800' }],
  ['store.readsStrings', { readsStrings: 'yes' }],
  ['store.tls', { tls: 'yes' }],
  ['store.tls.ca', { tls: { ca: Buffer.from('ca') } }],
  ['store.tls.cipher', { tls: { cipher: 'x' } }],
  ['store.tls.rejectUnauthorized', { tls: { rejectUnauthorized: 1 } }],
  ['store.username', { username: 7 }],
  ['store.password', { password: 7 }],
  ['store.pasword', { pasword: 'secret' }],
];
for (const [option, options] of BAD) {
  test(`redis store: ${JSON.stringify(options).slice(0, 60)} is refused, naming ${option}`, () => {
    assert.throws(
      () => read(options),
      (error) => {
        assert(error instanceof SessionStorageError);
        assert.equal(error.code, 'ERR_INVALID_OPTION');
        assert(error.detail.startsWith(`${option}: expected `), error.detail);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  });
}

test('redis store: no secret is in what is refused', () => {
  for (const options of [
    { url: 'http://user:secret@h' },
    { url: 'redis://user:secret@h/x' },
    { url: 'user:secret@h' },
    { password: ['secret'] },
    { tls: 'secret' },
    { cluster: ['redis://user:secret@h'] },
    { tls: { passphrase: { secret: 'secret' } } },
  ]) {
    assert.throws(
      () => read(options),
      ({ message }) => !message.includes('secret'),
    );
  }
});

test('limits of the provider are refused with Redis, as it has its own', () => {
  for (const limit of [{ maxSessions: 100 }, { maxBytes: 1e9 }, { overflow: 'reject' as const }]) {
    const [name = ''] = Object.keys(limit);
    assert.throws(() => readOptions({ shards: 1, store: { kind: 'redis' }, ...limit }), {
      code: 'ERR_INVALID_OPTION',
      message: new RegExp(`${name}: expected none with Redis`),
    });
  }
});
