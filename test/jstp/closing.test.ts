import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import type jstp from '@metarhia/jstp';
import { ShardedSessionStorageProvider } from '../../src/index.js';
import { Host, nextEvent } from './host.js';
import { Peer, say } from './peer.js';

const CLIENTS = 50;

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'jstp-closing-'));
});
after(() => rm(root, { recursive: true }));

/** How all connections end in one turn. */
const ENDINGS: [string, (host: Host, peers: readonly Peer[]) => void][] = [
  ['the clients leave', (_, peers) => closeAll(peers.map(({ connection }) => connection))],
  ['the server ends them', ({ server }) => closeAll(server.getClientsArray())],
];

function closeAll(connections: readonly jstp.Connection[]): void {
  for (const connection of connections) connection.close();
}

for (const shards of [1, 2, 7]) {
  for (const [how, end] of ENDINGS) {
    it(`close as the server calls back, ${how} in one turn, ${shards} shards: all come back`, async () => {
      const directory = join(root, `${how} ${shards}`);
      const create = () => {
        const store = { kind: 'journal', directory } as const;
        const provider = new ShardedSessionStorageProvider({ shards, store });
        provider.on('error', (error) => codes.push(error.code));
        return provider;
      };
      const codes: string[] = [];
      const first = create();
      await first.ready;
      const old = await Host.start(first);
      const peers = await connectAll(old);
      const closed = new Promise<void>((resolve, reject) => {
        old.server.close(() => first.close().then(resolve, reject));
      });
      end(old, peers);
      await closed;

      const second = create();
      await second.ready;
      await using host = await Host.start(second);
      await assertAllComeBack(host, peers);
      await host.stop();
      await second.close();
      assert.deepEqual(codes, []);
    });
  }
}

it('close: a message that comes with the last connections is stored, a handshake is not answered', async () => {
  const directory = join(root, 'messages');
  const store = { kind: 'journal', directory } as const;
  const first = new ShardedSessionStorageProvider({ shards: 2, store });
  await first.ready;
  const told: string[] = [];
  first.on('error', ({ code }) => told.push(code));
  const old = await Host.start(first);
  const peer = await Peer.connect(old);
  const stranger = Peer.withSession(old, '00000000-0000-4000-8000-000000000000');
  const { serverSide } = peer;
  serverSide.once('close', () => setImmediate(() => say(serverSide, 'late')));
  const left = nextEvent(serverSide, 'close');
  peer.connection.close();
  await left;
  const closed = first.close();
  const refused = stranger.restore().catch(({ code }) => code);
  await closed;
  await old.stop();
  assert.equal(typeof (await refused), 'number');
  assert.deepEqual(new Set(told), new Set(['ERR_CLOSED']));

  const second = new ShardedSessionStorageProvider({ shards: 2, store });
  await second.ready;
  await using host = await Host.start(second);
  await peer.restore(host);
  await peer.sync();
  assert.deepEqual(peer.inbox.items, ['late']);
  await host.stop();
  await second.close();
});

async function connectAll(host: Host): Promise<Peer[]> {
  const peers = await Promise.all(Array.from({ length: CLIENTS }, () => Peer.connect(host)));
  for (const [i, { serverSide }] of peers.entries()) serverSide.session.set('number', i);
  return peers;
}

async function assertAllComeBack(host: Host, peers: readonly Peer[]): Promise<void> {
  for (const [i, peer] of peers.entries()) {
    await peer.restore(host);
    assert.equal(peer.serverSide.session.get('number'), i);
  }
}
