/**
 * Types of `@metarhia/jstp` 2.3, which comes without any: what a server with sessions needs, and a client to try it
 * with. A project takes them with `/// <reference types="jstp-sharded-sessions/jstp" />`.
 */
declare module '@metarhia/jstp' {
  import type { EventEmitter } from 'node:events';
  import type * as http from 'node:http';
  import type * as https from 'node:https';
  import type * as nodeNet from 'node:net';
  import type * as nodeTls from 'node:tls';

  namespace jstp {
    /** The error is whatever the method gave, or `null`. */
    type Callback<Results extends unknown[] = []> = (error: unknown, ...results: Results) => void;

    /** The fields of a session, which is a Map of what the application keeps for a client. */
    interface SessionFields extends Map<unknown, unknown> {
      readonly id: string;
      connection: unknown;
      username: unknown;
      guaranteedDeliveredCount: unknown;
      receivedCount: unknown;
      latestBufferedMessageId: unknown;
      /** Messages that the client has not confirmed. */
      buffer: Map<unknown, unknown>;
    }

    /** It cannot be given other fields. */
    class Session extends Map<unknown, unknown> {
      constructor(
        connection: unknown,
        username?: unknown,
        sessionId?: string | null,
        state?: unknown,
      );
      toString(): string;
      static fromString(text: string): Session;
    }
    interface Session extends SessionFields {}

    interface SessionStorageProvider {
      /** Whether `get` calls back rather than returns the session. */
      isAsync(): boolean;
      get(sessionId: string, callback: (session: SessionFields | undefined) => void): unknown;
      set(sessionId: string, session: Session): unknown;
      setInactive?(sessionId: string): unknown;
    }

    class SimpleSessionStorageProvider extends Map<string, unknown> {
      /** Milliseconds; by default a day and an hour. */
      constructor(inactiveSessionLifetime?: number, purgeInterval?: number);
      isAsync(): false;
      setInactive(sessionId: string): void;
    }

    /** One client, on either side. */
    class Connection extends EventEmitter {
      constructor(transport: EventEmitter, server: Server | null, client?: Client | null);
      readonly id: number;
      get session(): Session;
      /** `null` before a reconnect: the client then asks for a new session. */
      set session(session: Session | null);
      username: unknown;
      application: Application;
      remoteProxies: Record<string, EventEmitter>;
      readonly remoteAddress: string | undefined;
      callMethod(
        interfaceName: string,
        methodName: string,
        args: unknown[],
        callback?: Callback<unknown[]>,
      ): void;
      emitRemoteEvent(interfaceName: string, eventName: string, args: unknown[]): void;
      inspectInterface(interfaceName: string, callback?: Callback<[proxy: EventEmitter]>): void;
      ping(callback?: Callback): void;
      /** Milliseconds. */
      startHeartbeat(interval: number): void;
      stopHeartbeat(): void;
      close(): void;
      /** The socket; with WebSocket the connection of the package `websocket`. */
      getTransport(): nodeNet.Socket;
    }

    /** The last argument is a callback; an async method has none. Annotate the parameters. */
    type Method = (connection: Connection, ...argsAndCallback: never[]) => unknown;
    type EventHandler = (connection: Connection, ...args: never[]) => unknown;

    class Application {
      /** The name may contain the version: `app@1.0.0`. */
      constructor(
        name: string,
        api: Record<string, Record<string, Method>>,
        eventHandlers?: Record<string, Record<string, EventHandler>>,
        version?: string | null,
        sessionStorageProvider?: SessionStorageProvider,
      );
      readonly name: string;
      readonly version: string;
    }

    /** By name, then by version. */
    type ApplicationIndex = Map<string, Map<string, Application>>;

    type Authenticate = (
      connection: Connection,
      application: Application,
      strategy: string,
      credentials: unknown[],
      callback: Callback<[username?: unknown]>,
    ) => void;

    interface ServerOptions {
      applications: Application[] | ApplicationIndex;
      authPolicy?: Authenticate | { authenticate: Authenticate };
      sessionStorageProvider?: SessionStorageProvider;
      /** Milliseconds; by default no pings are sent. */
      heartbeatInterval?: number;
      /** Milliseconds that the server keeps a closed connection itself; by default an hour. */
      clientExpirationTime?: number;
    }

    /** A server of any transport. */
    interface Server extends nodeNet.Server {
      readonly clients: Map<number, Connection>;
      getClients(): IterableIterator<Connection>;
      getClientsArray(): Connection[];
      broadcast(interfaceName: string, eventName: string, ...args: unknown[]): void;
      updateApplications(applications: Application[] | ApplicationIndex): void;
      updateConnectionsApi(): void;
    }

    interface Client {
      application?: Application;
      connectPolicy?: unknown;
      /** Milliseconds. */
      heartbeatInterval?: number;
      session?: Session | null;
      reconnector?: (connection: Connection, reconnect: (...options: unknown[]) => void) => void;
      logger?: EventEmitter;
    }

    /** An application as `name`, `name@range` or both. */
    type ApplicationName = string | { name: string; version?: string };
    type ConnectionListener = (connection: Connection) => void;

    interface ClientTransport {
      /** After the client come the arguments of the transport, then a callback with the connection and its session. */
      connect(app: ApplicationName, client: Client | null, ...optionsAndCallback: unknown[]): void;
      reconnect(connection: Connection, ...optionsAndCallback: unknown[]): void;
    }

    interface SocketTransport<Options, NodeServer> extends ClientTransport {
      createServer(
        options: Application[] | (ServerOptions & Options),
        listener?: ConnectionListener,
      ): Server & NodeServer;
    }

    interface WebSocketTransport<Options, NodeServer> extends ClientTransport {
      /** The second argument goes to the server of the package `websocket`. */
      createServer(
        options: ServerOptions & Options,
        webSocketOptions?: object,
        listener?: ConnectionListener,
      ): Server & NodeServer;
    }

    const net: SocketTransport<nodeNet.ServerOpts, nodeNet.Server>;
    const tls: SocketTransport<nodeTls.TlsOptions, nodeTls.Server>;
    const ws: WebSocketTransport<unknown, http.Server>;
    const wss: WebSocketTransport<https.ServerOptions, https.Server>;

    class SimpleConnectPolicy {
      constructor(login?: string, password?: string);
      connect(
        app: ApplicationName,
        connection: Connection,
        session: Session | null | undefined,
        callback: Callback<[connection: Connection, session?: Session]>,
      ): void;
    }

    class RemoteError extends Error {
      constructor(code: number, message?: string, info?: unknown[] | null);
      code: number;
      info: unknown[] | null;
    }

    function createAppsIndex(applications: Application[]): ApplicationIndex;

    const ERR_CALLBACK_LOST: number;
    const ERR_NO_HANDSHAKE_RESPONSE: number;
    const ERR_APP_NOT_FOUND: number;
    const ERR_AUTH_FAILED: number;
    const ERR_INTERFACE_NOT_FOUND: number;
    const ERR_INTERFACE_INCOMPATIBLE: number;
    const ERR_METHOD_NOT_FOUND: number;
    const ERR_NOT_A_SERVER: number;
    const ERR_INTERNAL_API_ERROR: number;
    const ERR_INVALID_SIGNATURE: number;
  }

  export = jstp;
}
