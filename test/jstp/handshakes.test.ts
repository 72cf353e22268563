import assert from 'node:assert/strict';
import { it } from 'node:test';
import jstp from '@metarhia/jstp';
import { Host, nextEvent, nextTurn, until } from './host.js';
import { cut, Peer, say } from './peer.js';
import { ALL, describeEach, HeldStorage, OURS, type Storage } from './storages.js';

/** A client whose session only the storage has; each `get` waits for `held.release()`. */
async function away(storage: Storage) {
  const held = new HeldStorage(storage);
  const host = await Host.start(held);
  const peer = await Peer.connect(host);
  const old = peer.serverSide;
  old.session.set('kept', 'state');
  await peer.drop();
  host.forget(peer.id);
  return { held, host, peer, old };
}

/** Starts a handshake and gives the server's end of it once its `get` is held. */
async function shake(host: Host, peer: Peer) {
  const requested = nextEvent<[connection: jstp.Connection]>(host.server, 'handshakeRequest');
  const answer = peer.restore();
  // It may fail before the test looks at it.
  answer.catch(() => {});
  const [connection] = await requested;
  return { answer, connection };
}

/** The session and connection of each restore, as the server tells. */
function watchRestores(host: Host): { session: jstp.Session; connection: jstp.Connection }[] {
  const restores: { session: jstp.Session; connection: jstp.Connection }[] = [];
  host.server.on('restoreSession', (session, connection) => restores.push({ session, connection }));
  return restores;
}

const CUT_SHORT = { code: jstp.ERR_NO_HANDSHAKE_RESPONSE };

describeEach(ALL, (storage) => {
  it('two handshakes with one id, get pending for both: both answered, one Session', async () => {
    const { held, host, peer } = await away(storage());
    await using _ = host;
    const restores = watchRestores(host);
    const twin = Peer.withSession(host, peer.id);
    const first = await shake(host, peer);
    const second = await shake(host, twin);
    held.release();
    await Promise.all([first.answer, second.answer]);
    assert.equal(restores.length, 2);
    assert.equal(first.connection.session, second.connection.session);
    assert.deepEqual([...second.connection.session], [['kept', 'state']]);
  });

  it('two handshakes with one id, the later one stays: it works, and its changes are stored', async () => {
    const { held, host, peer } = await away(storage());
    await using _ = host;
    const twin = Peer.withSession(host, peer.id);
    const first = await shake(host, peer);
    const second = await shake(host, twin);
    const firstClosed = nextEvent(first.connection, 'close');
    held.release();
    await Promise.all([first.answer, second.answer, firstClosed]);
    say(second.connection, 'hello');
    await twin.sync();
    assert.deepEqual(twin.inbox.items, ['hello']);
    second.connection.session.set('kept', 'newer state');
    await cut(second.connection);
    host.forget(twin.id);
    const third = await shake(host, twin);
    held.release();
    await third.answer;
    assert.deepEqual([...third.connection.session], [['kept', 'newer state']]);
  });

  it('many handshakes with one id at once: all answered, one Session', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    await peer.drop();
    host.forget(peer.id);
    const restores = watchRestores(host);
    const twins = Array.from({ length: 8 }, () => Peer.withSession(host, peer.id));
    await Promise.all(twins.map((twin) => twin.restore()));
    assert.equal(restores.length, 8);
    assert.equal(new Set(restores.map(({ session }) => session)).size, 1);
  });

  it('socket closes while get is held: session and messages before and after are there', async () => {
    const { held, host, peer, old } = await away(storage());
    await using _ = host;
    say(old, 'before');
    const { answer, connection } = await shake(host, peer);
    await cut(connection);
    await assert.rejects(answer, CUT_SHORT);
    const restored = nextEvent(host.server, 'reconnect');
    held.release();
    await restored;
    say(connection, 'after');
    await nextTurn();
    host.forget(peer.id);
    const again = await shake(host, peer);
    held.release();
    await again.answer;
    await peer.sync();
    assert.deepEqual([...peer.serverSide.session], [['kept', 'state']]);
    assert.deepEqual(peer.inbox.items, ['before', 'after']);
  });

  it('socket closes while its shard is asked: session and messages of that time are there', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    const old = peer.serverSide;
    old.session.set('kept', 'state');
    await peer.drop();
    host.forget(peer.id);
    const order: string[] = [];
    host.server.once('restoreSession', () => order.push('restored'));
    const restored = nextEvent(host.server, 'restoreSession');
    const closed = new Promise<void>((resolve) => {
      host.server.once('handshakeRequest', (connection: jstp.Connection) => {
        if (storage().isAsync()) say(old, 'late');
        connection.once('close', () => order.push('closed'));
        resolve(cut(connection));
      });
    });
    await assert.rejects(peer.restore(), CUT_SHORT);
    await Promise.all([restored, closed]);
    assert.deepEqual(order, storage().isAsync() ? ['closed', 'restored'] : ['restored', 'closed']);
    await peer.restoreForgotten();
    await peer.sync();
    assert.deepEqual([...peer.serverSide.session], [['kept', 'state']]);
    assert.deepEqual(peer.inbox.items, storage().isAsync() ? ['late'] : []);
  });

  it('two handshakes with one id, the first socket closes while get is held: the other works', async () => {
    const { held, host, peer } = await away(storage());
    await using _ = host;
    const twin = Peer.withSession(host, peer.id);
    const first = await shake(host, peer);
    const second = await shake(host, twin);
    await cut(first.connection);
    held.release();
    await second.answer;
    second.connection.session.set('kept', 'newer state');
    await twin.sync();
    await cut(second.connection);
    host.forget(peer.id);
    const again = await shake(host, twin);
    held.release();
    await again.answer;
    assert.deepEqual([...again.connection.session], [['kept', 'newer state']]);
  });

  it('two handshakes with one id, the second socket closes while get is held: not lost', async () => {
    const { held, host, peer } = await away(storage());
    await using _ = host;
    const first = await shake(host, peer);
    const second = await shake(host, Peer.withSession(host, peer.id));
    await cut(second.connection);
    // The host moves the session to the second connection and ends the first one's socket.
    const firstClosed = nextEvent(first.connection, 'close');
    held.release();
    await Promise.all([first.answer, firstClosed]);
    say(second.connection, 'late');
    await nextTurn();
    host.forget(peer.id);
    const again = await shake(host, peer);
    held.release();
    await again.answer;
    await peer.sync();
    assert.deepEqual([...again.connection.session], [['kept', 'state']]);
    assert.deepEqual(peer.inbox.items, ['late']);
  });
});

describeEach(OURS, (_shared, kind) => {
  it('socket closes while get is held: the session becomes inactive again, and expires', async (t) => {
    const storage = kind.create(1);
    t.after(() => kind.close(storage));
    // The first close leaves the session active, so that it cannot expire before the get.
    const inactive = t.mock.method(storage, 'setInactive', () => {}, { times: 1 });
    const { held, host, peer } = await away(storage);
    await using _ = host;
    assert.equal(await kind.size(storage), 1);
    assert.equal(inactive.mock.callCount(), 1);
    const { answer, connection } = await shake(host, peer);
    await cut(connection);
    await assert.rejects(answer, CUT_SHORT);
    held.release();
    await until('an expired session', async () => (await kind.size(storage)) === 0);
  });

  it('socket closes while its shard is asked: the session becomes inactive again, and expires', async (t) => {
    const storage = kind.create(1);
    t.after(() => kind.close(storage));
    t.mock.method(storage, 'setInactive', () => {}, { times: 1 });
    await using host = await Host.start(storage);
    const peer = await Peer.connect(host);
    await peer.drop();
    host.forget(peer.id);
    host.server.once('handshakeRequest', (connection: jstp.Connection) => cut(connection));
    await assert.rejects(peer.restore(), CUT_SHORT);
    await until('an expired session', async () => (await kind.size(storage)) === 0);
  });
});
