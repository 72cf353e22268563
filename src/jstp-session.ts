import { describe, messageOf, SessionStorageError } from './errors.js';
import { packageRequire } from './package-files.js';

const HOST = '@metarhia/jstp';

/**
 * The fields of `@metarhia/jstp`'s Session (2.3.0, `lib/session.js`). It is a Map of what the
 * application keeps, it cannot be extended, and the host changes its fields as messages go by.
 */
export interface JstpSession extends Map<unknown, unknown> {
  readonly id: string;
  connection: unknown;
  username: unknown;
  /** Whatever the client sent as its count when it came back: any JSTP value. */
  guaranteedDeliveredCount: unknown;
  receivedCount: unknown;
  latestBufferedMessageId: unknown;
  /** Messages that the client has not confirmed, by the absolute value of their id. */
  buffer: Map<unknown, unknown>;
}

/** The host's class; the constructor argument `username` may be anything its authentication gave. */
export interface JstpSessionClass {
  new (connection: null, username: string | null, sessionId: string): JstpSession;
}

/** True for the host's Session, also when it is of another copy of the host's package. */
export function isJstpSession(value: unknown): value is JstpSession {
  return value instanceof Map && 'buffer' in value && value.buffer instanceof Map;
}

/** What the host says of a session's connection; `'none'` for a session without one. */
export type ConnectionState = 'open' | 'closed' | 'none';

/** The host has no public word for this: `lib/connection.js` keeps it in `_closed`. */
export function connectionState(session: JstpSession): ConnectionState {
  const { connection } = session;
  if (typeof connection !== 'object' || connection === null || !('_closed' in connection)) {
    return 'none';
  }
  return connection._closed === true ? 'closed' : 'open';
}

/** How the host reads a message that it has buffered. Throws for a text that its parser refuses. */
export type ParseMessage = (message: string) => unknown;

/**
 * The parser of the host that has this Session class; `undefined` if that is not the `@metarhia/jstp` that was
 * loaded here. Nothing is loaded. The host has no public word for it: `lib/connection.js` has it as
 * `_restorePreparedMessage`, which makes no use of its connection.
 */
export function findMessageParser(Session: JstpSessionClass): ParseMessage | undefined {
  const prototype = loadedHost(Session)?.Connection?.prototype;
  const parse = prototype?._restorePreparedMessage;
  if (typeof parse !== 'function') return undefined;
  return (message) => parse.call(prototype, message);
}

interface Host {
  readonly Session?: unknown;
  readonly Connection?: { readonly prototype?: { readonly _restorePreparedMessage?: unknown } };
}

function loadedHost(Session: JstpSessionClass): Host | undefined {
  const require = packageRequire();
  try {
    const host: Host | undefined = require.cache[require.resolve(HOST)]?.exports;
    return host?.Session === Session ? host : undefined;
  } catch {
    // It is not installed: the class is somebody else's.
    return undefined;
  }
}

/** The Session class of the `@metarhia/jstp` that this package's user installed. */
export function loadJstpSessionClass(require = packageRequire()): JstpSessionClass {
  const host = loadHost(require);
  const Session = typeof host === 'object' && host !== null && 'Session' in host && host.Session;
  if (isSessionClass(Session)) return Session;
  throw missing(`${describe(Session || undefined)} as Session in ${require.resolve(HOST)}`);
}

/** A class of the host, of any copy of its package. */
export function isSessionClass(value: unknown): value is JstpSessionClass {
  return typeof value === 'function' && value.prototype instanceof Map;
}

function loadHost(require: NodeJS.Require): unknown {
  try {
    return require(HOST);
  } catch (error) {
    throw missing(`none, as ${HOST} cannot be loaded (${firstLine(messageOf(error))})`, error);
  }
}

function missing(came: string, cause?: unknown): SessionStorageError {
  return new SessionStorageError(
    'ERR_INVALID_OPTION',
    `Session: expected the host's Session class, got ${came}: npm install ${HOST}@2, or pass the class as the option Session`,
    { cause },
  );
}

/** Node.js lists after it which modules wanted the missing one. */
function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}
