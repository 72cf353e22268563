import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import jstp from '@metarhia/jstp';
import { Host, Inbox } from './host.js';
import { Peer, say } from './peer.js';
import { ALL, BUILT_IN, describeEach, type Storage } from './storages.js';

const REFUSED = { code: jstp.ERR_AUTH_FAILED };

/** Two applications on one server, each with a storage of its own, and the server with a third. */
function start(mail: Storage, chat: Storage): Promise<Host> {
  const applications = [
    new Inbox().application('mail', mail),
    new Inbox().application('chat', chat),
    new Inbox().application('common'),
  ];
  return Host.start(BUILT_IN.create(), { applications });
}

describeEach(ALL, (mail, kind) => {
  let chat: Storage;
  before(async () => {
    chat = kind.create();
    await chat.ready;
  });
  after(() => kind.close(chat));

  it('applications with a storage each: each keeps and restores its own sessions', async () => {
    await using host = await start(mail(), chat);
    const peers = await Promise.all(
      ['mail', 'chat', 'common'].map((app) => Peer.connect(host, `${app}'s user`, app)),
    );
    for (const { serverSide } of peers) serverSide.session.set('user', serverSide.username);
    for (const peer of peers) await peer.drop('server', () => say(peer.serverSide, 'lost'));
    assert.deepEqual([await kind.size(mail()), await kind.size(chat)], [1, 1]);
    for (const peer of peers) {
      await peer.restoreForgotten();
      await peer.sync();
    }
    const users = peers.map(({ serverSide }) => serverSide.session.get('user'));
    assert.deepEqual(users, ["mail's user", "chat's user", "common's user"]);
    for (const { inbox } of peers) assert.deepEqual(inbox.items, ['lost']);
  });

  it('applications with a storage each: a session of one is unknown to the others', async () => {
    await using host = await start(mail(), chat);
    const peer = await Peer.connect(host, 'marcus', 'mail');
    await peer.drop();
    host.forget(peer.id);
    for (const app of ['chat', 'common']) {
      const intruder = Peer.withSession(host, peer.id, 0, app);
      await assert.rejects(intruder.restore(), REFUSED);
    }
    await peer.restoreForgotten();
  });
});
