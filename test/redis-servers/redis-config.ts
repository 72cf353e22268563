import { fileURLToPath } from 'node:url';

/** In memory only, reached by Unix socket, without a password, unless said otherwise. */
export interface RedisProcessOptions {
  /** How it is reached; `'tcp'` and `'tls'` on a port of 127.0.0.1. */
  readonly listen?: 'unix' | 'tcp' | 'tls';
  /** Tried first; one that happens to be free by default. */
  readonly port?: number;
  readonly credentials?: RedisCredentials;
  /** Keeps its data over a restart. */
  readonly appendOnly?: boolean;
  /** Further lines of its configuration file: `'maxmemory 10mb'`. */
  readonly config?: readonly string[];
}

/** Without a user name, the password of the default user; with one, nobody else may log in. */
export interface RedisCredentials {
  readonly username?: string;
  readonly password: string;
}

export type RedisAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number };

// What is built is in a folder beside `test`.
const certificates = new URL('../../../test/redis-servers/certificates/', import.meta.url);
const certificatePath = (name: string) => fileURLToPath(new URL(name, certificates));

/** What a client has to trust to reach a server that listens by TLS. */
export const AUTHORITY_PATH = certificatePath('authority.pem');

/** The configuration file of a server. */
export function configOf(
  options: RedisProcessOptions,
  address: RedisAddress,
  directory: string,
): string {
  const lines = [
    `dir ${quote(directory)}`,
    'save ""',
    // Who wants to be a replica gets its data at once: nobody else comes to be served at the same time.
    'repl-diskless-sync yes',
    'repl-diskless-sync-delay 0',
    // Else a replica would have its data again after a restart.
    'rdb-del-sync-files yes',
    `appendonly ${options.appendOnly ? 'yes' : 'no'}`,
    ...listenLines(options.listen === 'tls', address),
    ...(options.credentials ? credentialLines(options.credentials) : []),
    ...(options.config ?? []),
  ];
  return `${lines.join('\n')}\n`;
}

function listenLines(tls: boolean, address: RedisAddress): string[] {
  if ('path' in address) return ['port 0', `unixsocket ${quote(address.path)}`];
  const bind = `bind ${address.host}`;
  if (!tls) return [bind, `port ${address.port}`];
  return [
    bind,
    'port 0',
    `tls-port ${address.port}`,
    `tls-ca-cert-file ${quote(AUTHORITY_PATH)}`,
    `tls-cert-file ${quote(certificatePath('server.pem'))}`,
    `tls-key-file ${quote(certificatePath('server-key.pem'))}`,
    'tls-auth-clients no',
    'tls-replication yes',
    'tls-cluster yes',
  ];
}

/** They are also what the server itself logs in with, as a replica. */
function credentialLines({ username, password }: RedisCredentials): string[] {
  const masterAuth = `masterauth ${quote(password)}`;
  if (username === undefined) return [`requirepass ${quote(password)}`, masterAuth];
  return [
    'user default off',
    `user ${quote(username)} on ${quote(`>${password}`)} ~* +@all`,
    `masteruser ${quote(username)}`,
    masterAuth,
  ];
}

/** The file's escapes are those of JSON, as far as what is quoted here has any. */
function quote(value: string): string {
  return JSON.stringify(value);
}
