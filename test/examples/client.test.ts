import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, it } from 'node:test';
import jstp from '@metarhia/jstp';
import { Host, inTime, until } from '../jstp/host.js';
import { cut } from '../jstp/peer.js';
import { type RunningExample, readExample, runExample } from './example.js';

const HANDLER = /\n {2}\/\/ The session has expired.*?\n {2}\}\);/s;

let client: RunningExample | undefined;
afterEach(() => client?.end('SIGKILL'));

/** A server, and the example of a client that reconnects at once. */
async function connectTo(
  storage: jstp.SimpleSessionStorageProvider,
  edit = (text: string) => text,
) {
  const applications = [new jstp.Application('visits', {})];
  const host = await Host.start(storage, { applications });
  const connected = once(host.server, 'connect');
  const text = await readExample('client.js', {
    "'visits', null": "'visits', { reconnector: (_, reconnect) => setTimeout(reconnect, 1) }",
    '8080': `${host.port}`,
    localhost: '127.0.0.1',
  });
  client = runExample(edit(text));
  const [connection] = await inTime('the client', connected);
  return { host, connection };
}

/** The session is gone, as if its server had been killed, or it had expired. */
async function loseSession(
  host: Host,
  storage: jstp.SimpleSessionStorageProvider,
  connection: jstp.Connection,
): Promise<void> {
  await cut(connection);
  host.forget(connection.session.id);
  storage.delete(connection.session.id);
}

it('client whose session is gone: gets a new one', async () => {
  const storage = new jstp.SimpleSessionStorageProvider();
  const { host, connection } = await connectTo(storage);
  await using _ = host;
  const again = once(host.server, 'connect');
  await loseSession(host, storage, connection);
  const [second] = await inTime('the client with a new session', again);
  assert.notEqual(second.session.id, connection.session.id);
});

it('client whose session is gone, without the handler (JSTP 2.3.0): asks for it again and again', async () => {
  const storage = new jstp.SimpleSessionStorageProvider();
  const { host, connection } = await connectTo(storage, (text) => {
    assert.match(text, HANDLER);
    return text.replace(HANDLER, '');
  });
  await using _ = host;
  let asked = 0;
  let connects = 0;
  host.server.on('handshakeRequest', (_connection, _app, strategy) => {
    assert.equal(strategy, 'session');
    asked++;
  });
  host.server.on('connect', () => connects++);
  await loseSession(host, storage, connection);
  await until('many handshakes', () => asked >= 10);
  assert.equal(connects, 0);
});
