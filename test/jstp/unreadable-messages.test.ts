import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ShardedSessionStorageProvider } from '../../src/index.js';
import { Host, nextTurn } from './host.js';
import { Peer, say } from './peer.js';
import { describeEach, OURS } from './storages.js';

// The built-in storage gives such messages back: the host parses them when it sends them again, outside of production,
// and what its parser throws ends the process.
describeEach(OURS, (storage) => {
  it('messages that no client can read: the client comes back, and has all others', async () => {
    await (storage() as ShardedSessionStorageProvider).ready;
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    const closed = peer.serverSide;
    await peer.drop('server', () => say(closed, 'lost', Number.NaN));
    say(closed, 'late', Number.POSITIVE_INFINITY, 'last');
    await nextTurn();
    await peer.restoreForgotten();
    await peer.sync();
    assert.deepEqual(peer.inbox.items, ['lost', 'late', 'last']);
  });
});
