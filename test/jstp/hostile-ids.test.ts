import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { it } from 'node:test';
import { APP, Host, inTime } from './host.js';
import { Peer, say } from './peer.js';
import { ALL, describeEach } from './storages.js';

// Credentials that cannot be iterated make the host itself throw, so these always come in brackets.
const HOSTILE: readonly (readonly [name: string, credentials: string])[] = [
  ['nothing', '[]'],
  ['a hole', '[,0]'],
  ['undefined', '[undefined,0]'],
  ['null', '[null,0]'],
  ['true', '[true,0]'],
  ['false', '[false,0]'],
  ['zero', '[0,0]'],
  ['a number', '[-1.5e300,0]'],
  ['an object', '[{},0]'],
  ['an object with a length', '[{length:36},0]'],
  ['an object with a toString', "[{toString:'x',valueOf:null},0]"],
  ['an array', '[[],0]'],
  ['an array of arrays', `[${'['.repeat(500)}${']'.repeat(500)},0]`],
  ['an empty string', "['',0]"],
  ['__proto__', "['__proto__',0]"],
  ['constructor', "['constructor',0]"],
  ['toString', "['toString',0]"],
  ['a NUL', "['\\u0000',0]"],
  ['text around a NUL', "['a\\u0000b',0]"],
  ['a lone high surrogate', "['\\ud83d',0]"],
  ['a lone low surrogate', "['\\udc4b\\udc4b',0]"],
  ['1,024 characters', `['${'a'.repeat(1024)}',0]`],
  ['1,024 characters beyond Latin 1', `['${'\u{1f600}'.repeat(512)}',0]`],
  ['1,025 characters', `['${'a'.repeat(1025)}',0]`],
  ['1 MB of text', `['${'a'.repeat(1_048_576)}',0]`],
];

/** Counts that no honest client sends. */
const HOSTILE_COUNTS = ['null', "'text'", '[[1]]', '{a:1}', '-5', 'true', 'undefined', '1e3'];

/** Sends one handshake by hand and gives the first message that comes back. */
async function shake(port: number, credentials: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8');
  socket.write(`{handshake:[0,'${APP}'],session:${credentials}}\0`);
  let text = '';
  const read = async (): Promise<void> => {
    for await (const chunk of socket) {
      text += chunk;
      if (text.includes('\0')) return;
    }
  };
  await inTime('an answer to the handshake', read());
  return text;
}

const REFUSED = '{handshake:[0],error:[11]}\0';

describeEach(ALL, (storage) => {
  for (const [name, credentials] of HOSTILE) {
    it(`session id from the network, ${name}: authentication fails, the server goes on`, async () => {
      await using host = await Host.start(storage());
      assert.equal(await shake(host.port, credentials), REFUSED);
      await (await Peer.connect(host)).sync();
    });
  }

  it('session id from the network, the id of another within an array: authentication fails', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    await peer.drop();
    host.forget(peer.id);
    assert.equal(await shake(host.port, `[['${peer.id}'],0]`), REFUSED);
    await peer.restoreForgotten();
  });

  it('session id from the network, many hostile ones at once: each is refused, others served', async () => {
    await using host = await Host.start(storage());
    const peer = await Peer.connect(host);
    peer.serverSide.session.set('key', 'value');
    await peer.drop();
    host.forget(peer.id);
    const attacks = HOSTILE.map(([, credentials]) => shake(host.port, credentials));
    await peer.restore();
    assert.deepEqual(new Set(await Promise.all(attacks)), new Set([REFUSED]));
    assert.equal(peer.serverSide.session.get('key'), 'value');
  });

  for (const count of HOSTILE_COUNTS) {
    it(`received count from the network, ${count}: the session is kept, whatever is sent again`, async () => {
      await using host = await Host.start(storage());
      const peer = await Peer.connect(host);
      peer.serverSide.session.set('key', 'value');
      await peer.drop();
      say(peer.serverSide, 'late');
      host.forget(peer.id);
      // The first answer is the handshake's; the connection closes at once after it.
      const answer = await shake(host.port, `['${peer.id}',${count}]`);
      assert.match(answer, /^\{handshake:\[0\],ok:0\}\0/);
      const { serverSide } = peer;
      if (!serverSide._closed) await new Promise((resolve) => serverSide.once('close', resolve));
      await peer.restoreForgotten();
      assert.equal(peer.serverSide.session.get('key'), 'value');
    });
  }
});
