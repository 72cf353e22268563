import { MessageChannel } from 'node:worker_threads';

/**
 * A port whose channel is closed. A buffer that is transferred to it is gone at once; else its memory would
 * stay until the garbage collector comes by, which has little to do in a shard.
 */
const NOWHERE = createClosedPort();

export function releaseBuffer(buffer: ArrayBuffer): void {
  NOWHERE.postMessage(undefined, [buffer]);
}

function createClosedPort() {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.close();
  return port1;
}
