import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectSocket, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import jstp from '@metarhia/jstp';
import { call, inTime } from '../jstp/host.js';
import { type RunningExample, readExample, runExample } from './example.js';

/** In which a process must end that was sent SIGTERM. */
const END_MS_MAX = 5_000;

interface Kind {
  readonly name: 'net' | 'ws';
  readonly target: (port: number) => unknown[];
}

const NET: Kind = { name: 'net', target: (port) => [{ port, host: '127.0.0.1', noDelay: true }] };
const WS: Kind = { name: 'ws', target: (port) => [null, `ws://127.0.0.1:${port}`] };

/** A client that counts its visits, over several processes of its server. */
class Visitor {
  readonly #kind: Kind;
  #connection: jstp.Connection | undefined;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  /** Comes, or comes back, to the server on this port; gives how often it has been counted. */
  async visit(port: number): Promise<unknown> {
    const session = this.#connection?.session;
    const connection = await call<jstp.Connection>((callback) =>
      jstp[this.#kind.name].connect(
        'visits',
        { reconnector: () => {}, ...(session && { session }) },
        ...this.#kind.target(port),
        callback,
      ),
    );
    // A server that ends is the subject here and no failure.
    connection.on('error', () => {});
    this.#connection = connection;
    return this.count();
  }

  count(): Promise<unknown> {
    const { connection } = this;
    return call((callback) => connection.callMethod('visits', 'count', [], callback));
  }

  get connection(): jstp.Connection {
    assert(this.#connection, 'it has come');
    return this.#connection;
  }

  /**
   * It reads nothing any more, not even that the other end has closed, as a process that is stopped. To pause the
   * socket is not enough: Node.js reads on.
   */
  freeze(): void {
    const transport: Socket & { socket?: Socket } = this.connection.getTransport();
    // A WebSocket has its socket within.
    const socket: Socket & { _handle?: { readStop(): void } } = transport.socket ?? transport;
    assert(socket._handle);
    socket._handle.readStop();
  }
}

function createVisitors(kind: Kind, count: number): Visitor[] {
  return Array.from({ length: count }, () => new Visitor(kind));
}

function visitAll(visitors: readonly Visitor[], port: number): Promise<unknown[]> {
  return Promise.all(visitors.map((visitor) => visitor.visit(port)));
}

describe('the example of a server', () => {
  let root = '';
  let server: RunningExample | undefined;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'jstp-example-'));
  });
  after(() => rm(root, { recursive: true }));
  afterEach(() => server?.end('SIGKILL'));

  /** A new process; gives the port that it listens at. */
  async function start(kind: Kind, directory: string, shards: number): Promise<number> {
    const text = await readExample('server.js', {
      'jstp.net': `jstp.${kind.name}`,
      'listen(8080)': "listen(0, '127.0.0.1', () => process.send(server.address().port))",
      "store: { kind: 'journal', directory: 'sessions' }": `shards: ${shards}, store: { kind: 'journal', directory: ${JSON.stringify(directory)} }`,
    });
    server = runExample(text);
    return Number(await inTime('the port of the server', server.nextMessage()));
  }

  /** Ends the process as a deploy does. */
  async function terminate(): Promise<void> {
    assert(server, 'a server was started');
    const startedMs = performance.now();
    assert.deepEqual(await server.end('SIGTERM'), { end: 0, complaints: '' });
    const tookMs = performance.now() - startedMs;
    assert(tookMs < END_MS_MAX, `the process ends within ${END_MS_MAX} ms, got ${tookMs}`);
  }

  it('SIGTERM with 200 clients, 100 of them restored, one frozen: ends, and all come back; what a kill leaves', async () => {
    const directory = join(root, 'deploys');
    let port = await start(NET, directory, 2);
    const restored = createVisitors(NET, 100);
    assert.deepEqual(await visitAll(restored, port), Array(100).fill(1));
    await terminate();

    port = await start(NET, directory, 2);
    const created = createVisitors(NET, 100);
    assert.deepEqual(await visitAll(restored, port), Array(100).fill(2));
    assert.deepEqual(await visitAll(created, port), Array(100).fill(1));
    created[0]?.freeze();
    // It never says who it is, and never ends its side.
    const silent = connectSocket({ port, host: '127.0.0.1', allowHalfOpen: true });
    silent.on('error', () => {});
    await once(silent, 'connect');
    await terminate();
    silent.destroy();

    port = await start(NET, directory, 2);
    assert.deepEqual(await visitAll(restored, port), Array(100).fill(3));
    assert.deepEqual(await visitAll(created, port), Array(100).fill(2));
    const [another] = createVisitors(NET, 1);
    assert(another);
    assert.equal(await another.visit(port), 1);
    // All are connected.
    await server?.end('SIGKILL');

    port = await start(NET, directory, 2);
    assert.deepEqual(await visitAll(restored, port), Array(100).fill(3), 'as of the last close');
    assert.deepEqual(await visitAll(created, port), Array(100).fill(2));
    await assert.rejects(another.visit(port), { code: jstp.ERR_AUTH_FAILED });
  });

  it('SIGTERM with WebSocket clients, one frozen: the process ends, and all come back', async () => {
    const directory = join(root, 'WebSocket');
    let port = await start(WS, directory, 1);
    const visitors = createVisitors(WS, 20);
    assert.deepEqual(await visitAll(visitors, port), Array(20).fill(1));
    visitors[0]?.freeze();
    await terminate();
    port = await start(WS, directory, 1);
    assert.deepEqual(await visitAll(visitors, port), Array(20).fill(2));
    await terminate();
  });
});
