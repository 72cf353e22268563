/** Every failure this package reports, by its stable code. Match `code`, not the class or message. */
const MESSAGES = {
  ERR_INVALID_OPTION: 'Invalid option',
  ERR_INVALID_SESSION_ID: 'Invalid session id',
  ERR_SESSION_NOT_SERIALIZABLE: 'The session cannot be stored',
  ERR_SESSION_TOO_LARGE: 'The session is too large',
  ERR_SESSION_UNREADABLE: 'The stored session cannot be read',
  ERR_MESSAGE_UNREADABLE: 'A message for the client cannot be read',
  ERR_STORE_FULL: 'The store is full',
  ERR_OVERLOADED: 'Too much is in flight',
  ERR_TIMEOUT: 'The shard did not answer in time',
  ERR_SHARD_UNAVAILABLE: 'The shard is not running',
  ERR_POISONOUS_OPERATION: 'The operation ends its shard',
  ERR_JOURNAL_CORRUPT: 'The journal is damaged',
  ERR_JOURNAL_FORMAT: 'The journal cannot be read by this version',
  ERR_JOURNAL_KEY: 'The encryption key is not that of the journal',
  ERR_JOURNAL_LOCKED: 'The journal is in use',
  ERR_JOURNAL_UNAVAILABLE: 'The journal cannot be opened',
  ERR_JOURNAL_WRITE: 'The journal could not be written',
  ERR_REDIS_CLIENT: 'The client of Redis is not installed',
  ERR_REDIS_UNAVAILABLE: 'Redis does not answer',
  ERR_REDIS_AUTH: 'Redis does not let us in',
  ERR_REDIS_READONLY: 'Redis is read-only',
  ERR_REDIS_LOADING: 'Redis is loading its data',
  ERR_REDIS_OOM: 'Redis is out of memory',
  ERR_REDIS_WRONG_TYPE: 'Redis has something else under the key',
  ERR_REDIS_REPLY: 'Redis refuses what it was asked',
  ERR_BUNDLED: 'The package is not in its own files',
  ERR_CLOSED: 'The provider is closed',
} as const;

export type ErrorCode = keyof typeof MESSAGES;

export interface StorageErrorOptions extends ErrorOptions {
  /** Default: 1. */
  readonly count?: number;
}

/** What all rejected promises, `'error'` events and thrown option errors carry. */
export class SessionStorageError extends Error {
  /** Stable; the text of `message` is not. */
  readonly code: ErrorCode;
  /** What was expected and what came. */
  readonly detail: string;
  /**
   * How many failures an `'error'` event stands for: those with this `code` that nobody waited for, in a burst that
   * ends when none has come for 100 ms, or after a second. 1 for every other error.
   */
  readonly count: number;

  constructor(code: ErrorCode, detail: string, options: StorageErrorOptions = {}) {
    super(`${MESSAGES[code]}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
    this.count = options.count ?? 1;
  }

  override get name(): string {
    return 'SessionStorageError';
  }
}

/** What another thread has thrown, which loses its class and its code on the way. */
export type TransferredError = Pick<SessionStorageError, 'code' | 'message'>;

/** The error that was transferred. */
export function errorFrom({ code, message }: TransferredError): SessionStorageError {
  const heading = `${MESSAGES[code]}: `;
  const detail = message.startsWith(heading) ? message.slice(heading.length) : message;
  return new SessionStorageError(code, detail);
}

/** What Node calls a permission in errors, and the flag that gives it. */
const PERMISSION_FLAGS: Record<string, string | undefined> = {
  FileSystemRead: '--allow-fs-read',
  FileSystemWrite: '--allow-fs-write',
  WorkerThreads: '--allow-worker',
  Net: '--allow-net',
};

const SHOWN_CHARACTERS_MAX = 64;

/** A short, safe picture of any value for an error message. Never calls into the value. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length > SHOWN_CHARACTERS_MAX
        ? `a string of ${value.length} characters`
        : JSON.stringify(value);
    case 'bigint':
      return `${value}n`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'an array' : 'an object';
    default:
      return String(value);
  }
}

/** The same without what is in it, where it may be a session id, or what belongs to a user. */
export function describeType(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value === '' ? 'an empty string' : `a string of ${value.length} characters`;
    case 'number':
    case 'bigint':
    case 'boolean':
      return `a ${typeof value}`;
    default:
      return describe(value);
  }
}

/** The message of anything that was thrown; with the remedy, if Node's permission model has refused something. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error
    ? `${String(thrown.message)}${permissionHint(thrown)}`
    : describe(thrown);
}

function permissionHint(error: Error): string {
  const { code, permission, resource } = error as {
    code?: unknown;
    permission?: unknown;
    resource?: unknown;
  };
  if (code !== 'ERR_ACCESS_DENIED' || typeof permission !== 'string' || permission === '')
    return '';
  const flag = PERMISSION_FLAGS[permission];
  if (flag === undefined) return ` (Node's permission model refuses ${permission})`;
  const ofWhat = typeof resource === 'string' && resource !== '' ? `=${resource}` : '';
  return ` (Node's permission model refuses it: start Node with ${flag}${ofWhat})`;
}

/** What ending the shards has thrown, with a code. */
export function asStorageError(thrown: unknown): SessionStorageError {
  if (thrown instanceof SessionStorageError) return thrown;
  const detail = `expected all shards to stop, got: ${messageOf(thrown)}`;
  return new SessionStorageError('ERR_SHARD_UNAVAILABLE', detail, { cause: thrown });
}
