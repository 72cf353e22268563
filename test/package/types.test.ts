import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { installPackedPackage, REPOSITORY } from './packed.js';

const run = promisify(execFile);
const TSC = join(REPOSITORY, 'node_modules', '.bin', 'tsc');
const README = await readFile(join(REPOSITORY, 'README.md'), 'utf8');

let folder = '';
before(async () => {
  folder = await installPackedPackage();
});
after(() => rm(folder, { recursive: true, force: true }));

/** What the compiler says of files in a strict project that also checks the declarations of its packages. */
async function compile(
  cwd: string,
  files: Record<string, string>,
  ...options: string[]
): Promise<string> {
  for (const [file, code] of Object.entries(files)) await writeFile(join(cwd, file), code);
  const args = [...Object.keys(files), '--noEmit', '--strict', '--exactOptionalPropertyTypes'];
  args.push('--target', 'es2022', '--skipLibCheck', 'false', '--ignoreConfig', ...options);
  const { stdout } = await run(TSC, args, { cwd }).catch((error) => error);
  return stdout;
}

const TYPED = `
import { ShardedSessionStorageProvider, SessionStorageError } from 'jstp-sharded-sessions';
import type { JstpSession, ProviderOptions, ProviderStats } from 'jstp-sharded-sessions';
const options: ProviderOptions = { shards: 2, outage: 'miss', store: { kind: 'memory' } };
const provider = new ShardedSessionStorageProvider(options);
export const asynchronous: true = provider.isAsync();
export const got: Promise<JstpSession | undefined> = provider.get('id');
export const nothing: void = provider.get('id', (session) => session?.get('key'));
export const deleted: Promise<boolean> = provider.delete('id');
export const stats: Promise<ProviderStats> = provider.stats();
provider.on('error', (error) => {
  const known: boolean = error instanceof SessionStorageError && error.code === 'ERR_TIMEOUT';
  return known;
});
provider.on('expired', ({ shard, count }) => shard + count);
// @ts-expect-error no such option
new ShardedSessionStorageProvider({ shard: 1 });
`;

/** The line of the README that names the types of the host, and its first server. */
function documentedServer(): string {
  const reference = /^```ts\n(.*?)^```$/ms.exec(README)?.[1] ?? '';
  const server = /^```js\n(.*?)^```$/ms.exec(README)?.[1] ?? '';
  assert(reference.includes('jstp-sharded-sessions/jstp'));
  assert(server.includes('createServer'));
  return reference + server;
}

const REQUIRED = `
/// <reference types="jstp-sharded-sessions/jstp" />
import jstp = require('@metarhia/jstp');
import { ShardedSessionStorageProvider } from 'jstp-sharded-sessions';
jstp.ws.createServer({ applications: [], sessionStorageProvider: new ShardedSessionStorageProvider() });
`;

const HOST_USE = `
/// <reference types="jstp-sharded-sessions/jstp" />
import type { AddressInfo } from 'node:net';
import jstp from '@metarhia/jstp';
import { ShardedSessionStorageProvider } from 'jstp-sharded-sessions';

const sessionStorageProvider = new ShardedSessionStorageProvider();
type Reply = (error: Error | null, result?: string) => void;
const greet = (connection: jstp.Connection, name: string, callback: Reply) => {
  connection.session.set('name', name);
  callback(null, String(connection.username));
};
const application = new jstp.Application('app', { greetings: { greet } }, {}, '1.0.0', sessionStorageProvider);
const options: jstp.ServerOptions = {
  applications: [application],
  sessionStorageProvider,
  clientExpirationTime: 10_000,
  authPolicy: (_connection, _application, strategy, [login], callback) => {
    if (strategy === 'login') callback(null, login);
    else callback(new jstp.RemoteError(jstp.ERR_AUTH_FAILED));
  },
};
const servers: jstp.Server[] = [
  jstp.net.createServer({ ...options, noDelay: true }),
  jstp.tls.createServer({ ...options, key: 'key', cert: 'cert' }),
  jstp.ws.createServer(options, { maxReceivedFrameSize: 1_000 }),
  jstp.wss.createServer({ ...options, key: 'key' }, {}, (connection) => connection.close()),
  jstp.net.createServer([application]),
];
for (const server of servers) {
  server.listen(0, () => (server.address() as AddressInfo).port);
  server.broadcast('chat', 'message', 'text');
  server.on('connect', (connection: jstp.Connection) => connection.emitRemoteEvent('chat', 'hello', []));
}
const session = new jstp.Session(null, 'user');
export const stored: Promise<void> = sessionStorageProvider.set(session.id, session);
jstp.net.createServer({ applications: [], sessionStorageProvider: new jstp.SimpleSessionStorageProvider() });
// @ts-expect-error a typing error in an option
jstp.net.createServer({ applications: [], sessionStorageProvder: sessionStorageProvider });
// @ts-expect-error no storage of sessions
jstp.net.createServer({ applications: [], sessionStorageProvider: new Map() });
`;

test("types, ES modules and CommonJS: ours, the README's server and the host's are strict TypeScript", async () => {
  const files = {
    'typed.mts': TYPED,
    'readme.mts': documentedServer(),
    'host.mts': HOST_USE,
    'server.cts': REQUIRED,
  };
  assert.equal(await compile(folder, files, '--module', 'nodenext'), '');
});

test('types, for a bundler: the same', async () => {
  const files = { 'typed.mts': TYPED, 'readme.mts': documentedServer(), 'host.mts': HOST_USE };
  const options = ['--module', 'esnext', '--moduleResolution', 'bundler'];
  assert.equal(await compile(folder, files, ...options), '');
});

test('types of the host: what they declare is there', async () => {
  const declared = await readFile(join(REPOSITORY, 'jstp/index.d.ts'), 'utf8');
  const values = declared.matchAll(/^ {4}(?:class|const|function) (\w+)/gm);
  const names = [...values].map(([, name = '']) => name);
  assert(names.includes('Session') && names.includes('net') && names.length > 15);
  const host: object = createRequire(import.meta.url)('@metarhia/jstp');
  for (const name of names) assert(name in host, name);
});

test('types, without @types/node: the compiler names it', async () => {
  const bare = await mkdtemp(join(tmpdir(), 'jstp-no-types-'));
  const installed = join('node_modules', 'jstp-sharded-sessions');
  try {
    await cp(join(folder, installed), join(bare, installed), { recursive: true });
    const outcome = await compile(bare, { 'typed.mts': TYPED }, '--module', 'nodenext');
    assert.match(outcome, /error TS2688: Cannot find type definition file for 'node'/);
  } finally {
    await rm(bare, { recursive: true });
  }
});
