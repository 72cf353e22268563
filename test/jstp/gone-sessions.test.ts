import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import jstp from '@metarhia/jstp';
import type { ShardedSessionStorageProvider } from '../../src/index.js';
import { Host, nextEvent, until } from './host.js';
import { Peer, say } from './peer.js';
import { ALL, BUILT_IN, describeEach, type Storage, type StorageKind } from './storages.js';

const REFUSED = { code: jstp.ERR_AUTH_FAILED };

/** A storage in which a session expires as soon as its connection has closed. */
function shortLivedStorage(kind: StorageKind): () => Storage {
  let storage: Storage;
  before(() => {
    storage = kind.create(1);
  });
  after(() => kind.close(storage));
  return () => storage;
}

describeEach(ALL, (storage, kind) => {
  const shortLived = shortLivedStorage(kind);

  it('unknown session: authentication fails, and the server goes on', async () => {
    await using host = await Host.start(storage());
    const stranger = Peer.withSession(host, '00000000-0000-4000-8000-000000000000');
    await assert.rejects(stranger.restore(), REFUSED);
    await (await Peer.connect(host)).sync();
  });

  it('expired session: authentication fails', async () => {
    await using host = await Host.start(shortLived());
    const peer = await Peer.connect(host);
    await peer.drop();
    await until('an expired session', async () => (await kind.size(shortLived())) === 0);
    host.forget(peer.id);
    await assert.rejects(peer.restore(), REFUSED);
  });

  it('expired session that the server still remembers: JSTP revives it by itself', async () => {
    await using host = await Host.start(shortLived());
    const peer = await Peer.connect(host);
    peer.serverSide.session.set('key', 'value');
    await peer.drop();
    await until('an expired session', async () => (await kind.size(shortLived())) === 0);
    say(peer.serverSide, 'late');
    await peer.restore();
    await peer.sync();
    assert.equal(peer.serverSide.session.get('key'), 'value');
    assert.deepEqual(peer.inbox.items, ['late']);
  });

  if (kind === BUILT_IN) return;

  it('expired session: the event tells how many', async () => {
    const provider = shortLived() as ShardedSessionStorageProvider;
    await until('an empty storage', async () => (await provider.size()) === 0);
    await using host = await Host.start(provider);
    const expired = nextEvent<[{ count: number }]>(provider, 'expired');
    await (await Peer.connect(host)).drop();
    const [{ count }] = await expired;
    assert.equal(count, 1);
  });

  it('deleted session: authentication fails', async () => {
    const provider = storage() as ShardedSessionStorageProvider;
    await using host = await Host.start(provider);
    const peer = await Peer.connect(host);
    await peer.drop();
    assert.equal(await provider.delete(peer.id), true);
    host.forget(peer.id);
    await assert.rejects(peer.restore(), REFUSED);
  });
});
