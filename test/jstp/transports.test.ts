import assert from 'node:assert/strict';
import { it } from 'node:test';
import jstp from '@metarhia/jstp';
import { Host, NET, type TestTransport } from './host.js';
import { LOGIN, Peer, say } from './peer.js';
import { ALL, describeEach } from './storages.js';

// A key that both ends know spares the tests a certificate.
const psk = Buffer.from('a key of these tests only');
const serverTls = {
  noDelay: true,
  ciphers: 'PSK',
  pskCallback: () => psk,
  pskIdentityHint: 'test',
};
const clientTls = {
  ciphers: 'PSK',
  pskCallback: () => ({ psk, identity: 'client' }),
  checkServerIdentity: () => undefined,
  noDelay: true,
};

const TRANSPORTS: readonly TestTransport[] = [
  NET,
  {
    name: 'tls',
    host: jstp.tls,
    serverOptions: serverTls,
    target: (port) => [{ port, host: '127.0.0.1', ...clientTls }],
  },
  {
    name: 'ws',
    host: jstp.ws,
    serverOptions: {},
    target: (port) => [null, `ws://127.0.0.1:${port}/`],
  },
  {
    name: 'wss',
    host: { ...jstp.ws, createServer: jstp.wss.createServer },
    serverOptions: serverTls,
    target: (port) => [{ tlsOptions: clientTls }, `wss://127.0.0.1:${port}/`],
  },
];

const STATE = [
  ['since', new Date(0)],
  ['tags', new Set(['\u00e9\u{1f600}'])],
];

describeEach(ALL, (storage) => {
  for (const transport of TRANSPORTS) {
    for (const by of ['client', 'server'] as const) {
      it(`${transport.name}, ${by} drops: state is restored, lost and late messages arrive`, async () => {
        await using host = await Host.start(storage(), { transport });
        const peer = await Peer.connect(host);
        const closed = peer.serverSide;
        for (const [key, value] of STATE) closed.session.set(key, value);
        say(closed, 'arrives \u{1f600}');
        await peer.sync();
        await peer.drop(by, () => {
          say(closed, 'lost');
          say(peer.connection, 'from the client');
        });
        say(closed, 'late');
        await peer.restoreForgotten();
        await peer.sync();
        assert.equal(peer.serverSide.username, LOGIN);
        assert.deepEqual([...peer.serverSide.session], STATE);
        assert.deepEqual(peer.inbox.items, ['arrives \u{1f600}', 'lost', 'late']);
        assert.deepEqual(host.inbox.items, ['from the client']);
      });
    }
  }

  it('a client that changes from net to ws: the session goes with it', async () => {
    const [net, , ws] = TRANSPORTS;
    assert(net && ws);
    await using first = await Host.start(storage(), { transport: net });
    await using second = await Host.start(storage(), { transport: ws });
    const peer = await Peer.connect(first);
    const closed = peer.serverSide;
    closed.session.set('key', 'value');
    await peer.drop('server', () => say(closed, 'lost'));
    say(closed, 'late');
    await peer.restore(second);
    await peer.sync();
    assert.equal(peer.serverSide.session.get('key'), 'value');
    assert.deepEqual(peer.inbox.items, ['lost', 'late']);
  });
});
