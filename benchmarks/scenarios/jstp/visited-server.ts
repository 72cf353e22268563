import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type jstp from '@metarhia/jstp';
import type { JstpSession } from '../../../src/index.js';
import type { HostProvider } from '../../demo/counting-provider.js';
import { host } from '../../host.js';
import { createSession, idOf } from '../../measuring/typical.js';
import type { Peer } from '../../peers/peer.js';

const BACKLOG = 1_024;

type Reply<Args extends unknown[] = []> = (error: unknown, ...args: Args) => void;

/** A JSTP server whose sessions are kept by a peer, with an application that counts visits. */
export class VisitedServer {
  readonly #server: jstp.Server;
  #restored = 0;
  #restoredByStore = 0;

  constructor(peer: Peer, clientExpirationMs: number) {
    const onFound = () => {
      this.#restoredByStore++;
    };
    this.#server = host.net.createServer({
      applications: [new host.Application('visits', { visits: { visit, ask } })],
      authPolicy: acceptEveryone,
      sessionStorageProvider: providerOf(peer, onFound),
      clientExpirationTime: clientExpirationMs,
    });
    this.#server.on('restoreSession', () => {
      this.#restored++;
    });
  }

  /** Sessions that clients came back to. */
  get restored(): number {
    return this.#restored;
  }

  /** Those among them that the host had forgotten. */
  get restoredByStore(): number {
    return this.#restoredByStore;
  }

  async listen(): Promise<number> {
    this.#server.listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG });
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves when the last client has gone. */
  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** Answers how often the session's owner has been here. */
function visit({ session }: jstp.Connection, reply: Reply<[number]>): void {
  const visits = Number(session.get('visits') ?? 0);
  if (visits === 0) {
    for (const [key, value] of createSession(idOf(0), 0)) session.set(key, value);
  }
  session.set('visits', visits + 1);
  reply(null, visits + 1);
}

function ask(_connection: jstp.Connection, reply: Reply<[boolean]>): void {
  reply(null, true);
}

/** A peer as the host wants a provider to be. */
function providerOf(peer: Peer, onFound: () => void): HostProvider {
  return {
    isAsync: () => true,
    get: (id, callback) =>
      peer.get(id, (session: JstpSession | undefined) => {
        if (session !== undefined) onFound();
        callback?.(session);
      }),
    set: (id, session) => peer.set(id, session),
    setInactive: (id) => peer.setInactive(id),
  };
}

function acceptEveryone(
  _connection: jstp.Connection,
  _application: jstp.Application,
  _strategy: string,
  [username]: unknown[],
  callback: Reply<[username: unknown]>,
): void {
  callback(null, username);
}
