import assert from 'node:assert/strict';
import { it } from 'node:test';
import jstp from '@metarhia/jstp';
import { APP, call, Host, nextEvent } from './host.js';
import { cut, Peer } from './peer.js';
import { ALL, describeEach, HeldStorage } from './storages.js';

type Reply = (error: null, result?: unknown) => void;

/** An application that keeps a token in the session. */
function tokenApplication(): jstp.Application {
  return new jstp.Application(APP, {
    token: {
      put: (connection: jstp.Connection, token: never, reply: never): void => {
        connection.session.set('token', token);
        (reply as Reply)(null);
      },
      read: (connection: jstp.Connection, reply: never): void =>
        (reply as Reply)(null, connection.session.get('token')),
    },
  });
}

function callToken(peer: Peer, method: string, ...args: unknown[]): Promise<unknown> {
  return call((callback) => peer.connection.callMethod('token', method, args, callback));
}

describeEach(ALL, (storage) => {
  it('reconnect, same connection object, forgotten by the server: its token is still there', async () => {
    await using host = await Host.start(storage(), { applications: [tokenApplication()] });
    const peer = await Peer.connect(host);
    await callToken(peer, 'put', 'a token');
    await peer.drop();
    host.forget(peer.id);
    await peer.reconnect();
    assert.equal(await callToken(peer, 'read'), 'a token');
  });

  it('reconnect, asynchronous provider that takes its time: the token is still there', async () => {
    const held = new HeldStorage(storage());
    await using host = await Host.start(held, { applications: [tokenApplication()] });
    const peer = await Peer.connect(host);
    await callToken(peer, 'put', 'a token');
    await peer.drop();
    host.forget(peer.id);
    const asked = nextEvent(held, 'held');
    const reconnected = peer.reconnect();
    await asked;
    held.release();
    await reconnected;
    assert.equal(await callToken(peer, 'read'), 'a token');
  });

  it('reconnect, call made while away: it is sent then, and its callback called', async () => {
    await using host = await Host.start(storage(), { applications: [tokenApplication()] });
    const peer = await Peer.connect(host);
    await callToken(peer, 'put', 'a token');
    await peer.drop();
    host.forget(peer.id);
    const read = callToken(peer, 'read');
    await peer.reconnect();
    assert.equal(await read, 'a token');
  });

  it('reconnect, call whose answer was lost: its callback gets ERR_CALLBACK_LOST', async () => {
    await using host = await Host.start(storage(), { applications: [tokenApplication()] });
    const peer = await Peer.connect(host);
    const { serverSide } = peer;
    // The server reads the call, and its answer stays in the server's socket.
    serverSide.getTransport().cork();
    const received = nextEvent(serverSide, 'call');
    const put = callToken(peer, 'put', 'a token');
    put.catch(() => {});
    await received;
    const closed = nextEvent(peer.connection, 'close');
    await cut(serverSide);
    await closed;
    host.forget(peer.id);
    await peer.reconnect();
    await assert.rejects(put, (error) => error === -1);
    assert.equal(await callToken(peer, 'read'), 'a token');
  });

  it('reconnect, to a server that was made anew: the token is still there', async () => {
    await using first = await Host.start(storage(), { applications: [tokenApplication()] });
    const peer = await Peer.connect(first);
    await callToken(peer, 'put', 'a token');
    await peer.drop();
    await using second = await Host.start(storage(), { applications: [tokenApplication()] });
    await peer.reconnect(second);
    assert.equal(await callToken(peer, 'read'), 'a token');
  });
});
