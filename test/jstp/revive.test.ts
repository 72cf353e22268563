import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Host, nextTurn } from './host.js';
import { Peer, say } from './peer.js';
import { ALL, describeEach, OURS } from './storages.js';

/** JSTP revives a session by itself while its closed connection is still in its own map. */
describeEach(ALL, (storage) => {
  it('revive, late messages: the same connection and session go on, all messages arrive', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    const { serverSide } = peer;
    const { session } = serverSide;
    await peer.drop('server', () => say(serverSide, 'lost'));
    say(serverSide, 'late');
    await peer.restore();
    await peer.sync();
    assert.equal(peer.serverSide, serverSide);
    assert.equal(peer.serverSide.session, session);
    assert.deepEqual(peer.inbox.items, ['lost', 'late']);
  });

  it('revive, first message after it: the buffer is a plain Map again with all in it', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    const { serverSide } = peer;
    await peer.drop();
    say(serverSide, 'late');
    await peer.restore();
    say(serverSide, 'live');
    const { buffer } = serverSide.session;
    assert.equal(buffer.constructor, Map);
    assert.equal(Object.getPrototypeOf(buffer), Map.prototype);
    assert([...buffer.values()].some((message) => String(message).includes('late')));
    await peer.sync();
    assert.deepEqual(peer.inbox.items, ['late', 'live']);
  });

  it('revive, state changed after it, then restored through the provider: the newer state', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    const { session } = peer.serverSide;
    session.set('life', 1);
    await peer.drop();
    await peer.restore();
    session.set('life', 2);
    await peer.drop('server', () => say(peer.serverSide, 'lost'));
    say(peer.serverSide, 'late');
    await peer.restoreForgotten();
    await peer.sync();
    assert.deepEqual([...peer.serverSide.session], [['life', 2]]);
    assert.equal(peer.inbox.items.at(-1), 'late');
  });

  it('revive, not a word in that life, closed again: late messages of both times arrive', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    const { serverSide } = peer;
    await peer.drop();
    say(serverSide, 'first');
    await peer.restore();
    await peer.sync();
    await peer.drop();
    say(serverSide, 'second');
    await peer.restoreForgotten();
    await peer.sync();
    assert.deepEqual(peer.inbox.items, ['first', 'second']);
  });

  it('revive, closed and revived many times over: nothing is lost', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    for (let life = 0; life < 10; life++) {
      peer.serverSide.session.set(life, life);
      await peer.drop();
      await (life % 3 === 2 ? peer.restoreForgotten() : peer.restore());
    }
    assert.equal(peer.serverSide.session.size, 10);
  });

  it('old object, session restored by another server and stored: the newer state stays', async () => {
    await using first = await Host.start(storage());
    await using second = await Host.start(storage());
    const peer = await Peer.connect(first);
    const old = peer.serverSide;
    old.session.set('state', 'old');
    await peer.drop();
    await peer.restore(second);
    peer.serverSide.session.set('state', 'new');
    await peer.drop();
    say(old, 'from the old object');
    await nextTurn();
    await peer.restoreForgotten();
    assert.deepEqual([...peer.serverSide.session], [['state', 'new']]);
  });
});

describeEach(OURS, (storage) => {
  it('old object, session restored and stored again: its messages change nothing', async () => {
    await using first = await Host.start(storage());
    await using second = await Host.start(storage());
    const peer = await Peer.connect(first);
    const old = peer.serverSide;
    await peer.drop();
    say(old, 'in time');
    await peer.restore(second);
    await peer.sync();
    say(old, 'while it lives elsewhere');
    await nextTurn();
    await peer.drop('server', () => say(peer.serverSide, 'new'));
    say(old, 'after it has closed elsewhere');
    await nextTurn();
    await peer.restoreForgotten();
    await peer.sync();
    assert.deepEqual(peer.inbox.items, ['in time', 'new']);
  });

  it('old object, speaks while the newer session is on its way: its messages change nothing', async () => {
    await using first = await Host.start(storage());
    await using second = await Host.start(storage());
    const peer = await Peer.connect(first);
    const old = peer.serverSide;
    await peer.drop();
    await peer.restore(second);
    await peer.drop('server', () => say(peer.serverSide, 'new'));
    second.server.once('handshakeRequest', () => say(old, 'from the old object'));
    await peer.restoreForgotten();
    await peer.sync();
    assert.deepEqual(peer.inbox.items, ['new']);
  });
});
