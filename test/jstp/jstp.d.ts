/** What the tests and benchmarks use of the host that is not for its users (2.3.0). */
import '@metarhia/jstp';

declare module '@metarhia/jstp' {
  interface Session {
    /** Adds to `buffer`, as the host does for each message that it sends. */
    _bufferMessage(id: number, message: string): void;
  }

  interface Connection {
    /** Set for good when the socket has closed; a revived connection takes it back. */
    readonly _closed: boolean;
    /** The text that is sent and buffered for a message. */
    _prepareMessage(message: unknown): string;
  }

  /** What all transports have in common. Tests give options of any shape. */
  interface Transport extends ClientTransport {
    createServer(options: object): Server;
  }

  interface Server {
    /** Milliseconds. A connection reads it when its handshake is done. */
    heartbeatInterval: number | undefined;
    /** Connections, closed ones included until `clientExpirationTime` has passed. */
    readonly _clientsBySessionId: Map<string, Connection>;
  }
}
