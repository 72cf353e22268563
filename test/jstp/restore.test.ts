import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { JstpSession } from '../../src/index.js';
import { Host, until } from './host.js';
import { LOGIN, Peer } from './peer.js';
import { ALL, describeEach } from './storages.js';

/** What an application may keep. Names of the host's own fields are among the keys. */
const STATE: readonly (readonly [key: unknown, value: unknown])[] = [
  ['text', 'Gr\u00fc\u00dfe \u0000 \ud83d\udc4b'],
  ['count', 42],
  ['odd numbers', [-0, Number.NaN, Number.POSITIVE_INFINITY, 2n ** 70n]],
  ['nothing', [null, undefined]],
  ['since', new Date(1_700_000_000_000)],
  [
    'prices',
    new Map<unknown, unknown>([
      ['pear', 1.5],
      [7, new Map([[{ id: 1 }, 'by object']])],
    ]),
  ],
  ['tags', new Set(['a', 2, null])],
  ['bytes', new Uint8Array([0, 127, 128, 255])],
  ['samples', new Float64Array([0.1, -0.2])],
  ['pattern', /^a.b$/giu],
  ['nested', { buffer: [1, { storage: { connection: 'x' } }], list: [[], [{}]] }],
  ['buffer', [[1, 2]]],
  ['storage', { disk: true }],
  ['connection', 'wired'],
  ['', 'empty key'],
  [7, 'number as key'],
];

function fill(session: JstpSession): void {
  for (const [key, value] of STATE) session.set(key, value);
}

const USERS: readonly (readonly [name: string, login: string | null])[] = [
  ['a user who logged in', LOGIN],
  ['an anonymous user', null],
  ['a user with a name that is not ASCII', 'J\u00fcrgen \u{1f600}'],
];

describeEach(ALL, (storage) => {
  for (const [user, login] of USERS) {
    it(`restore, ${user}, forgotten connection: user name and state of every type are equal`, async () => {
      await using host = await Host.start(storage());
      const peer = await Peer.connect(host, login);
      fill(peer.serverSide.session);
      await peer.drop();
      await peer.restoreForgotten();
      const { session, username } = peer.serverSide;
      assert.deepEqual([...session], STATE);
      assert.equal(session.username, login);
      assert.equal(username, login);
      assert.equal(session.id, peer.id);
    });
  }

  it('restore, user name that is an object: it is equal', async () => {
    const username = { id: 5, roles: new Set(['admin']) };
    const authPolicy = (...args: unknown[]): void => {
      (args.at(-1) as (error: null, username: unknown) => void)(null, username);
    };
    await using host = await Host.start(storage(), { authPolicy });
    const peer = await Peer.connect(host);
    await peer.drop();
    await peer.restoreForgotten();
    assert.deepEqual(peer.serverSide.username, username);
  });

  it('restore, server forgets the connection by its own clock: state is equal', async () => {
    await using host = await Host.start(storage(), { clientExpirationTime: 10 });
    const peer = await Peer.connect(host);
    fill(peer.serverSide.session);
    await peer.drop();
    await until('a server that has forgotten', () => host.find(peer.id) === undefined);
    await peer.restore();
    assert.deepEqual([...peer.serverSide.session], STATE);
  });

  it('restore, many times over: each life adds to the state', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    for (let life = 0; life < 10; life++) {
      peer.serverSide.session.set(life, `life ${life}`);
      await peer.drop(life % 2 === 0 ? 'client' : 'server');
      await peer.restoreForgotten();
    }
    const expected = Array.from({ length: 10 }, (_, life) => [life, `life ${life}`]);
    assert.deepEqual([...peer.serverSide.session], expected);
  });

  it('restore, many clients at once: each gets its own session', async () => {
    await using host = await Host.start(storage());
    const peers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => Peer.connect(host, `user ${i}`)),
    );
    for (const [i, peer] of peers.entries()) peer.serverSide.session.set('number', i);
    await Promise.all(peers.map((peer) => peer.drop()));
    await Promise.all(peers.map((peer) => peer.restoreForgotten()));
    for (const [i, { serverSide }] of peers.entries()) {
      assert.equal(serverSide.username, `user ${i}`);
      assert.deepEqual([...serverSide.session], [['number', i]]);
    }
  });
});
