import assert from 'node:assert/strict';
import { it } from 'node:test';
import type jstp from '@metarhia/jstp';
import { Host, nextEvent, nextTurn } from './host.js';
import { callWith, Peer, say } from './peer.js';
import { ALL, describeEach, HeldStorage } from './storages.js';

/** A server that has closed a client's connection, and still speaks to it. */
async function dropped(host: Host): Promise<{ peer: Peer; closed: jstp.Connection }> {
  const peer = await Peer.connect(host);
  const closed = peer.serverSide;
  await peer.drop();
  return { peer, closed };
}

async function restoreAndSync(peer: Peer): Promise<void> {
  await peer.restoreForgotten();
  await peer.sync();
}

describeEach(ALL, (storage) => {
  it('late messages, several in one turn: all arrive in order', async () => {
    await using host = await Host.start(storage());
    const { peer, closed } = await dropped(host);
    say(closed, 'a', 'b', 'c');
    await nextTurn();
    await restoreAndSync(peer);
    assert.deepEqual(peer.inbox.items, ['a', 'b', 'c']);
  });

  it('late messages, several in several turns: all arrive in order', async () => {
    await using host = await Host.start(storage());
    const { peer, closed } = await dropped(host);
    for (const [first, second] of ['ab', 'cd', 'ef'].map((pair) => pair.split(''))) {
      say(closed, first, second);
      await nextTurn();
    }
    await restoreAndSync(peer);
    assert.deepEqual(peer.inbox.items, ['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('late messages, events and calls after messages lost in the drop: all arrive in order', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    const closed = peer.serverSide;
    await peer.drop('server', () => say(closed, 'lost'));
    callWith(closed, 'call');
    say(closed, 'event');
    await nextTurn();
    callWith(closed, 'last call');
    await restoreAndSync(peer);
    assert.deepEqual(peer.inbox.items, ['lost', 'call', 'event', 'last call']);
  });

  it('late messages, said while the connection closes: all arrive in order', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    const closed = peer.serverSide;
    // Before and after the host's own listener, which hands the session over.
    closed.prependOnceListener('close', () => say(closed, 'before'));
    closed.once('close', () => say(closed, 'after'));
    await peer.drop();
    await restoreAndSync(peer);
    assert.deepEqual(peer.inbox.items, ['before', 'after']);
  });

  it('late messages, in the turn of the handshake, before and after get: all arrive in order', async () => {
    await using host = await Host.start(storage());
    const { peer, closed } = await dropped(host);
    // The host logs a handshake before it asks the provider, and tells of the request after that.
    host.server.once('log', () => say(closed, 'before get'));
    host.server.once('handshakeRequest', () => say(closed, 'after get'));
    await restoreAndSync(peer);
    // What comes after a get that answers at once is for the next connection.
    const expected = storage().isAsync() ? ['before get', 'after get'] : ['before get'];
    assert.deepEqual(peer.inbox.items, expected);
  });

  it('late messages, one in each turn while get is pending: all arrive in order', async () => {
    await using host = await Host.start(storage());
    const { peer, closed } = await dropped(host);
    let count = 0;
    let restored = false;
    const speak = (): void => {
      if (restored) return;
      say(closed, count++);
      setImmediate(speak);
    };
    if (storage().isAsync()) host.server.once('handshakeRequest', speak);
    host.server.once('restoreSession', () => {
      restored = true;
    });
    await restoreAndSync(peer);
    assert.deepEqual(peer.inbox.items, [...Array(count).keys()]);
  });

  it('late messages, while the provider is slow to ask its shard: all arrive in order', async () => {
    const held = new HeldStorage(storage());
    await using host = await Host.start(held);
    const { peer, closed } = await dropped(host);
    const asked = nextEvent(held, 'held');
    const restored = restoreAndSync(peer);
    await asked;
    say(closed, 'a', 'b');
    await nextTurn();
    say(closed, 'c');
    held.release();
    await restored;
    assert.deepEqual(peer.inbox.items, ['a', 'b', 'c']);
  });

  it('late messages, in each of several lives: all arrive, each in the life after it', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    for (const item of ['a', 'b', 'c']) {
      const closed = peer.serverSide;
      await peer.drop();
      say(closed, item);
      await restoreAndSync(peer);
      assert.equal(peer.inbox.items.at(-1), item);
    }
  });

  it('late messages, of many sessions in one turn: each arrives at its own client', async () => {
    await using host = await Host.start(storage());
    const all = await Promise.all(Array.from({ length: 30 }, () => dropped(host)));
    for (const [i, { closed }] of all.entries()) say(closed, i);
    for (const { closed } of all) say(closed, 'all');
    await Promise.all(all.map(({ peer }) => restoreAndSync(peer)));
    for (const [i, { peer }] of all.entries()) assert.deepEqual(peer.inbox.items, [i, 'all']);
  });

  it('late messages, while a connection is open: not one is sent twice', async () => {
    await using host = await Host.start(storage());
    const { peer, closed } = await dropped(host);
    say(closed, 'late');
    await restoreAndSync(peer);
    say(peer.serverSide, 'live');
    await peer.sync();
    assert.deepEqual(peer.inbox.items, ['late', 'live']);
  });
});
