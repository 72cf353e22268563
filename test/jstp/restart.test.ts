import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Host } from './host.js';
import { LOGIN, Peer, say } from './peer.js';
import { ALL, describeEach } from './storages.js';

describeEach(ALL, (storage) => {
  it('restart, server closed and a new one made: user, state, counts and messages survive', async () => {
    await using old = await Host.start(storage());
    const peer = await Peer.connect(old);
    peer.serverSide.session.set('cart', new Map([['pear', 2]]));
    say(peer.connection, 'x');
    say(peer.serverSide, 'a');
    await peer.sync();
    const closed = peer.serverSide;
    await peer.drop('server', () => say(closed, 'b'));
    say(closed, 'c');
    await old.stop();
    say(closed, 'd');

    await using host = await Host.start(storage());
    await peer.restore(host);
    await peer.sync();
    const { session } = peer.serverSide;
    assert.equal(session.username, LOGIN);
    assert.deepEqual([...session], [['cart', new Map([['pear', 2]])]]);
    assert.equal(session.receivedCount, 3, 'x and two calls of sync');
    assert.deepEqual(peer.inbox.items, ['a', 'b', 'c', 'd']);
  });

  it('restart, connections open when the server goes: state and unsent messages survive', async () => {
    await using old = await Host.start(storage());
    const peers = await Promise.all(Array.from({ length: 10 }, () => Peer.connect(old)));
    for (const [i, { serverSide }] of peers.entries()) {
      serverSide.session.set('number', i);
      // Not before the sockets are destroyed does this leave the process.
      serverSide.getTransport().cork();
      say(serverSide, i);
    }
    await old.stop();

    await using host = await Host.start(storage());
    for (const [i, peer] of peers.entries()) {
      await peer.restore(host);
      await peer.sync();
      assert.equal(peer.serverSide.session.get('number'), i);
      assert.deepEqual(peer.inbox.items, [i]);
    }
  });

  it('restart, server listens again after close: the session is there', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    peer.serverSide.session.set('key', 'value');
    await peer.drop();
    await new Promise((resolve) => host.server.close(resolve));
    await new Promise((resolve) => host.server.listen(0, '127.0.0.1', () => resolve(undefined)));
    await peer.restoreForgotten();
    assert.equal(peer.serverSide.session.get('key'), 'value');
  });
});
