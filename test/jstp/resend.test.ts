import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Host } from './host.js';
import { callWith, Peer, say } from './peer.js';
import { ALL, describeEach } from './storages.js';

/** How the client comes back once its connection has dropped. */
const WAYS = [
  { way: 'server forgot', comeBack: (peer: Peer) => peer.restoreForgotten() },
  { way: 'server remembers', comeBack: (peer: Peer) => peer.restore() },
];

const FORMS = [
  { form: 'events', send: say },
  { form: 'calls', send: callWith },
];

describeEach(ALL, (storage) => {
  for (const { way, comeBack } of WAYS) {
    for (const { form, send } of FORMS) {
      it(`resend, ${form} of the server lost in a drop, ${way}: all arrive once, in order`, async () => {
        await using host = await Host.start(storage());
        const peer = await Peer.connect(host);
        send(peer.serverSide, 'a', 'b');
        await peer.sync();
        await peer.drop('server', () => send(peer.serverSide, 'c', 'd'));
        assert.deepEqual(peer.inbox.items, ['a', 'b'], 'the drop has lost the rest');
        await comeBack(peer);
        await peer.sync();
        assert.deepEqual(peer.inbox.items, ['a', 'b', 'c', 'd']);
      });

      it(`resend, ${form} of the client lost in a drop, ${way}: all arrive once, in order`, async () => {
        await using host = await Host.start(storage());
        const peer = await Peer.connect(host);
        send(peer.connection, 'a', 'b');
        await peer.sync();
        await peer.drop('client', () => send(peer.connection, 'c', 'd'));
        assert.deepEqual(host.inbox.items, ['a', 'b'], 'the drop has lost the rest');
        await comeBack(peer);
        await peer.sync();
        assert.deepEqual(host.inbox.items, ['a', 'b', 'c', 'd']);
      });
    }
  }

  it('resend, messages that the client sends while it is away: all arrive once, in order', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    await peer.drop();
    say(peer.connection, 'a');
    callWith(peer.connection, 'b');
    say(peer.connection, 'c');
    await peer.restoreForgotten();
    await peer.sync();
    assert.deepEqual(host.inbox.items, ['a', 'b', 'c']);
  });

  it('resend, client comes back a second time: nothing that has arrived is sent again', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    await peer.drop('server', () => say(peer.serverSide, 'a', 'b', 'c'));
    await peer.restoreForgotten();
    await peer.sync();
    await peer.drop();
    await peer.restoreForgotten();
    await peer.sync();
    assert.deepEqual(peer.inbox.items, ['a', 'b', 'c']);
  });

  it('resend, client comes back with an older count: all since that count is sent again', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    say(peer.serverSide, 'a', 'b', 'c');
    await peer.sync();
    await peer.drop();
    host.forget(peer.id);
    const other = Peer.withSession(host, peer.id, 1);
    await other.restore();
    await other.sync();
    assert.deepEqual(other.inbox.items, ['b', 'c']);
  });

  it('restore, messages received and not: counts and buffer are equal', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    say(peer.connection, 'x', 'y');
    say(peer.serverSide, 'a', 'b');
    await peer.sync();
    await peer.drop('server', () => say(peer.serverSide, 'c', 'd'));
    await peer.restoreForgotten();
    const { receivedCount, latestBufferedMessageId, guaranteedDeliveredCount, buffer } =
      peer.serverSide.session;
    assert.equal(receivedCount, 3, 'x, y and the call of sync');
    assert.equal(latestBufferedMessageId, -4, 'd; a server counts down');
    assert.equal(guaranteedDeliveredCount, 2, 'a and b');
    assert.deepEqual([...buffer.keys()], [3, 4]);
  });
});
