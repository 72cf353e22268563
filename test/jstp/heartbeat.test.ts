import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type SessionStorageError, ShardedSessionStorageProvider } from '../../src/index.js';
import { Host, nextEvent, until } from './host.js';
import { Peer, say } from './peer.js';

const EVENTS = 2_000;
const MAX_BYTES = 20_000;

/** A client that has received many events and stays; the limit is below what they take. */
async function withClient(
  heartbeatInterval: number | undefined,
  check: (peer: Peer, provider: ShardedSessionStorageProvider) => Promise<void>,
): Promise<void> {
  const provider = new ShardedSessionStorageProvider({ shards: 1, maxSessionBytes: MAX_BYTES });
  await provider.ready;
  {
    await using host = await Host.start(provider, heartbeatInterval ? { heartbeatInterval } : {});
    const peer = await Peer.connect(host);
    say(peer.serverSide, ...Array(EVENTS).keys());
    await until('all events', () => peer.inbox.items.length === EVENTS);
    await check(peer, provider);
  }
  await provider.close();
}

it('client that has received many events, no heartbeat: they stay, and its session is too large', async () => {
  await withClient(undefined, async (peer, provider) => {
    assert.equal(peer.serverSide.session.buffer.size, EVENTS);
    const failed = nextEvent<[SessionStorageError]>(provider, 'error');
    await peer.drop();
    const [{ code, message }] = await failed;
    assert.equal(code, 'ERR_SESSION_TOO_LARGE');
    assert.match(message, /of them for 2000 buffered messages; .*heartbeatInterval/);
  });
});

it('client that has received many events, heartbeat: they are dropped, and its session is stored', async () => {
  await withClient(10, async (peer, provider) => {
    const { session } = peer.serverSide;
    await until('confirmed events', () => session.buffer.size <= 1);
    await peer.drop();
    assert((await provider.get(session.id)) !== undefined);
  });
});
