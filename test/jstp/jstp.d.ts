/** What the tests and benchmarks use of the host, which comes without types (2.3.0). */
declare module '@metarhia/jstp' {
  import type { EventEmitter } from 'node:events';
  import type { Server as NetServer, Socket } from 'node:net';
  import type { JstpSession } from '../../src/index.js';

  namespace jstp {
    type Callback<Args extends unknown[] = []> = (error: unknown, ...args: Args) => void;

    class Session extends Map<unknown, unknown> implements JstpSession {
      constructor(connection: unknown, username?: unknown, sessionId?: string, state?: unknown);
      readonly id: string;
      connection: unknown;
      username: unknown;
      guaranteedDeliveredCount: unknown;
      receivedCount: unknown;
      latestBufferedMessageId: unknown;
      buffer: Map<unknown, unknown>;
      toString(): string;
      static fromString(text: string): Session;
      /** Adds to `buffer`, as the host does for each message that it sends. */
      _bufferMessage(id: number, message: string): void;
    }

    interface Connection extends EventEmitter {
      readonly id: number;
      session: Session;
      username: unknown;
      remoteProxies: Record<string, EventEmitter>;
      /** Set for good when the socket has closed; a revived connection takes it back. */
      readonly _closed: boolean;
      callMethod(
        iface: string,
        method: string,
        args: unknown[],
        callback: Callback<unknown[]>,
      ): void;
      emitRemoteEvent(iface: string, event: string, args: unknown[]): void;
      inspectInterface(iface: string, callback: Callback<[proxy: EventEmitter]>): void;
      close(): void;
      getTransport(): Socket;
    }

    type Method = (connection: Connection, ...argsAndCallback: never[]) => void;

    class Application {
      constructor(
        name: string,
        api: Record<string, Record<string, Method>>,
        eventHandlers?: Record<string, Record<string, (...args: never[]) => void>>,
        version?: string,
        sessionStorageProvider?: unknown,
      );
    }

    interface ServerOptions {
      applications: Application[];
      authPolicy?: unknown;
      sessionStorageProvider?: unknown;
      heartbeatInterval?: number;
      clientExpirationTime?: number;
      [option: string]: unknown;
    }

    /** A Node.js server of the transport's kind with the host's methods added. */
    interface Server extends NetServer {
      readonly clients: Map<number, Connection>;
      /** Connections, closed ones included until `clientExpirationTime` has passed. */
      readonly _clientsBySessionId: Map<string, Connection>;
      getClientsArray(): Connection[];
    }

    interface Client {
      session?: Session | null;
      connectPolicy?: unknown;
      application?: Application;
      reconnector?: (connection: Connection, reconnect: (...args: unknown[]) => void) => void;
    }

    interface Transport {
      createServer(options: ServerOptions): Server;
      /** app, client, transport options ..., callback */
      connect(app: string, client: Client | null, ...optionsAndCallback: unknown[]): void;
      reconnect(connection: Connection, ...optionsAndCallback: unknown[]): void;
    }

    const net: Transport;
    const tls: Transport;
    const ws: Transport;
    const wss: Transport;

    class SimpleSessionStorageProvider extends Map<string, unknown> {
      constructor(inactiveSessionLifetime?: number, purgeInterval?: number);
      isAsync(): false;
      setInactive(sessionId: string): void;
    }

    class SimpleConnectPolicy {
      constructor(login?: string, password?: string);
      connect(...args: unknown[]): void;
    }

    const ERR_AUTH_FAILED: number;
    const ERR_NO_HANDSHAKE_RESPONSE: number;
    class RemoteError extends Error {
      code: number;
    }
  }

  export = jstp;
}
