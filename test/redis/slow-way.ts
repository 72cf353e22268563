import { once } from 'node:events';
import {
  type AddressInfo,
  connect,
  createServer,
  type NetConnectOpts,
  type Socket,
} from 'node:net';

/** A way to a server on which what is sent to it can be held back. */
export class SlowWay implements AsyncDisposable {
  readonly #server = createServer((socket) => this.#join(socket));
  readonly #address: NetConnectOpts;
  readonly #sockets = new Set<Socket>();
  #isHeld = false;

  private constructor(address: NetConnectOpts) {
    this.#address = address;
  }

  static async to(address: NetConnectOpts): Promise<SlowWay> {
    const way = new SlowWay(address);
    way.#server.listen(0, '127.0.0.1');
    await once(way.#server, 'listening');
    return way;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  hold(): void {
    this.#isHeld = true;
    for (const socket of this.#sockets) socket.pause();
  }

  letGo(): void {
    this.#isHeld = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(socket: Socket): void {
    const far = connect(this.#address);
    this.#sockets.add(socket);
    socket.on('data', (data) => far.write(data));
    if (this.#isHeld) socket.pause();
    far.on('data', (data) => socket.write(data));
    const end = () => {
      this.#sockets.delete(socket);
      socket.destroy();
      far.destroy();
    };
    for (const one of [socket, far]) one.on('error', end).on('close', end);
  }
}
