import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { SessionStorageError } from './errors.js';
import {
  assertKnown,
  describeOption,
  invalid,
  invalidAs,
  invalidNumber,
} from './invalid-option.js';
import { packageRequire } from './package-files.js';
import type { RedisHost, RedisSettings, RedisTls } from './shard/redis/redis-settings.js';

/** A node of a cluster. */
export interface RedisNode {
  readonly host: string;
  /** Default: 6379. */
  readonly port?: number;
}

/** Sessions are in Redis (6.0 or later) or Valkey, and all servers of JSTP that use it see them. */
export interface RedisStoreChoice {
  readonly kind: 'redis';
  /**
   * The server: `redis://user:password@host:6379/0`, `rediss://` for TLS, `unix:///path/of/the.sock` for a Unix
   * socket. Default, if it is left out: `redis://127.0.0.1:6379`; an empty text, or `undefined` that is given, is
   * refused.
   */
  readonly url?: string;
  /** Some of the nodes of a cluster, which knows the others; in place of `url`. */
  readonly cluster?: readonly RedisNode[];
  /** Default: that of `url`, else none. */
  readonly username?: string;
  /** Default: that of `url`, else none. It is in no error, event or statistics. */
  readonly password?: string;
  /** Number of the database. Default: that of `url`, else 0, which is the only one of a cluster. */
  readonly database?: number;
  /**
   * What the key of each session begins with, before its id. `{jstp}:` has all of them in one slot of a cluster.
   * Default: `jstp:session:`.
   */
  readonly prefix?: string;
  /** TLS with the certificates that Node.js trusts, or with those given here, in PEM. Default: only for `rediss://`. */
  readonly tls?: boolean | RedisTls;
  /**
   * Reads sessions, too, that were stored with `session.toString()` under the same keys, by other storage
   * providers. When they are stored again it is done as always. Default: false.
   */
  readonly readsStrings?: boolean;
}

const OPTION_NAMES = [
  'url',
  'cluster',
  'username',
  'password',
  'database',
  'prefix',
  'tls',
  'readsStrings',
];
const URL_DEFAULT = 'redis://127.0.0.1:6379';
const PORT_DEFAULT = 6_379;
const PORT_MAX = 65_535;
const PREFIX_DEFAULT = 'jstp:session:';
const PREFIX_LENGTH_MAX = 1_024;
/** What a URL has beside a host is refused: it may be a password. */
const HOST = /^[^\s/@]+$/;
const URL_EXPECTED = 'a URL such as redis://127.0.0.1:6379/0, rediss://host or unix:///path';

/** Throws `ERR_INVALID_OPTION`, and `ERR_REDIS_CLIENT` without ioredis. No secret is ever in the message. */
export function readRedisOptions(options: Record<string, unknown>): RedisSettings {
  assertKnown(options, OPTION_NAMES, 'store');
  const { cluster, url, username, password, database, tls } = options;
  const { prefix = PREFIX_DEFAULT, readsStrings = false } = options;
  if (cluster !== undefined && url !== undefined) {
    throw invalidAs('store.cluster', 'either url or cluster', 'both');
  }
  assertAddressGiven(options);
  const fromUrl = cluster === undefined ? readUrl(url ?? URL_DEFAULT) : readCluster(cluster);
  if (typeof prefix !== 'string' || prefix.length > PREFIX_LENGTH_MAX || !prefix.isWellFormed()) {
    throw invalid('store.prefix', `a text of at most ${PREFIX_LENGTH_MAX} characters`, prefix);
  }
  if (typeof readsStrings !== 'boolean') {
    throw invalid('store.readsStrings', 'true or false', readsStrings);
  }
  assertClient();
  return {
    kind: 'redis',
    server: fromUrl.server,
    username: readText('username', username) ?? fromUrl.username,
    password: readText('password', password) ?? fromUrl.password,
    database: readDatabase(database, cluster !== undefined) ?? fromUrl.database,
    prefix,
    tls: readTls(tls) ?? (fromUrl.isSecure ? {} : undefined),
    readsStrings,
  };
}

/** An environment variable that is not set must not lead to the server of the same machine. */
function assertAddressGiven(options: Record<string, unknown>): void {
  const { url, cluster } = options;
  const isLeftOut = !('url' in options) && !('cluster' in options);
  if (isLeftOut || cluster !== undefined || (url !== undefined && url !== '')) return;
  const name = 'url' in options ? 'url' : 'cluster';
  const expected = `an address (left out: ${URL_DEFAULT})`;
  const got = url === '' ? 'an empty text' : 'undefined';
  throw invalidAs(`store.${name}`, expected, `${got}; is an environment variable not set?`);
}

interface FromUrl extends Pick<RedisSettings, 'server' | 'username' | 'password' | 'database'> {
  readonly isSecure: boolean;
}

function readUrl(text: unknown): FromUrl {
  try {
    return readParts(new URL(text as string));
  } catch (error) {
    if (error instanceof SessionStorageError) throw error;
    throw invalid('store.url', URL_EXPECTED, text);
  }
}

function readParts(url: URL): FromUrl {
  const username = url.username === '' ? undefined : decodeURIComponent(url.username);
  const password = url.password === '' ? undefined : decodeURIComponent(url.password);
  const user = { username, password };
  if (url.search !== '' || url.hash !== '' || url.port === '0') {
    throw invalid('store.url', URL_EXPECTED, url.href);
  }
  if (url.protocol === 'unix:') {
    const path = decodeURIComponent(url.pathname);
    // What stands before the first slash is taken for a host.
    if (url.host !== '' || path.length < 2) throw invalid('store.url', URL_EXPECTED, url.href);
    return { server: { path }, ...user, database: 0, isSecure: false };
  }
  const isSecure = url.protocol === 'rediss:';
  if (url.protocol !== 'redis:' && !isSecure) {
    throw invalidAs('store.url', URL_EXPECTED, describeScheme(url));
  }
  const port = url.port === '' ? PORT_DEFAULT : Number(url.port);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw invalid('store.url', URL_EXPECTED, 'a URL without a host');
  const database = url.pathname.length > 1 ? Number(url.pathname.slice(1)) : 0;
  return {
    server: { host, port },
    ...user,
    database: readDatabase(database, false) ?? 0,
    isSecure,
  };
}

/** Schemes that users try. In `user:password@host` the user stands in the place of the scheme. */
const SHOWN_SCHEMES = new Set(['http:', 'https:', 'tcp:', 'valkey:', 'valkeys:', 'file:']);

function describeScheme({ protocol, href }: URL): string {
  return SHOWN_SCHEMES.has(protocol) ? `a URL of ${protocol}` : describeOption(href);
}

function readCluster(nodes: unknown): FromUrl {
  if (!Array.isArray(nodes) || nodes.length === 0) {
    throw invalid('store.cluster', 'a list of nodes such as { host, port }', nodes);
  }
  return {
    server: { nodes: nodes.map((node: unknown) => readNode(node)) },
    username: undefined,
    password: undefined,
    database: 0,
    isSecure: false,
  };
}

function readNode(node: unknown): RedisHost {
  if (typeof node !== 'object' || node === null) {
    throw invalid('store.cluster', 'nodes such as { host, port }', node);
  }
  const { host, port = PORT_DEFAULT, ...others } = node as Record<string, unknown>;
  assertKnown(others, ['host', 'port'], 'store.cluster[]');
  if (typeof host !== 'string' || !HOST.test(host)) {
    throw invalid('store.cluster[].host', 'the name or address of a host', host);
  }
  if (!Number.isInteger(port) || Number(port) < 1 || Number(port) > PORT_MAX) {
    throw invalidNumber('store.cluster[].port', `a whole number from 1 to ${PORT_MAX}`, port);
  }
  return { host, port: Number(port) };
}

function readDatabase(database: unknown, isCluster: boolean): number | undefined {
  if (database === undefined) return undefined;
  if (isCluster && database !== 0) {
    throw invalidNumber('store.database', '0, the only one of a cluster', database);
  }
  if (Number.isSafeInteger(database) && Number(database) >= 0) return Number(database);
  throw invalidNumber('store.database', 'the number of a database', database);
}

function readText(name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw invalid(`store.${name}`, 'a text', value);
}

const TLS_TEXTS = ['ca', 'cert', 'key', 'passphrase', 'servername'] as const;

function readTls(tls: unknown): RedisTls | undefined {
  if (tls === undefined || tls === false) return undefined;
  if (tls === true) return {};
  if (typeof tls !== 'object' || tls === null) {
    throw invalid('store.tls', 'true, false or an object such as { ca }', tls);
  }
  const given = tls as Record<string, unknown>;
  assertKnown(given, [...TLS_TEXTS, 'rejectUnauthorized'], 'store.tls');
  const { rejectUnauthorized } = given;
  if (rejectUnauthorized !== undefined && typeof rejectUnauthorized !== 'boolean') {
    throw invalid('store.tls.rejectUnauthorized', 'true or false', rejectUnauthorized);
  }
  for (const name of TLS_TEXTS) readText(`tls.${name}`, given[name]);
  const { servername } = given;
  if (typeof servername === 'string' && servername !== '' && !HOST.test(servername)) {
    throw invalid('store.tls.servername', 'the name of a host', servername);
  }
  assertUsable(given);
  return { ...given };
}

/** A file's path in place of what is in it, or a wrong passphrase, would only show when a connection is made. */
function assertUsable(tls: Record<string, unknown>): void {
  const { ca, cert, key, passphrase } = tls as SecureContextOptions;
  for (const [name, pem] of Object.entries({ ca, cert, key })) {
    if (pem !== undefined && !String(pem).includes('-----BEGIN ')) {
      throw invalid(`store.tls.${name}`, 'a text in PEM', pem);
    }
  }
  try {
    createSecureContext({ ca, cert, key, passphrase });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw invalidAs('store.tls', 'a certificate and a key that can be used', code ?? 'an error');
  }
}

function assertClient(): void {
  const require = packageRequire();
  try {
    require.resolve('ioredis');
  } catch (error) {
    throw new SessionStorageError(
      'ERR_REDIS_CLIENT',
      `expected the package ioredis for store.kind = 'redis', got none: npm install ioredis`,
      { cause: error },
    );
  }
}
