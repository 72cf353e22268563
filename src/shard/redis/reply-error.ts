import type { ErrorCode } from '../../errors.js';
import type { Failure } from '../../protocol.js';

/** Why something failed, and whether it is worth to be tried again: nothing was wrong with what was asked. */
export interface RedisFailure extends Failure {
  readonly isTransient: boolean;
  /** The server takes no writes at all, and can be read. */
  readonly isOfAllWrites: boolean;
}

/** By the first word of a reply, as Redis and Valkey define them. */
const TRANSIENT: Readonly<Record<string, ErrorCode>> = {
  READONLY: 'ERR_REDIS_READONLY',
  LOADING: 'ERR_REDIS_LOADING',
  NOAUTH: 'ERR_REDIS_AUTH',
  WRONGPASS: 'ERR_REDIS_AUTH',
  NOPERM: 'ERR_REDIS_AUTH',
  BUSY: 'ERR_REDIS_UNAVAILABLE',
  MASTERDOWN: 'ERR_REDIS_UNAVAILABLE',
  CLUSTERDOWN: 'ERR_REDIS_UNAVAILABLE',
  TRYAGAIN: 'ERR_REDIS_UNAVAILABLE',
  NOSCRIPT: 'ERR_REDIS_UNAVAILABLE',
};

/** It cannot write its files, or has fewer replicas than it has to have. */
const OF_ALL_WRITES = new Set(['MISCONF', 'NOREPLICAS']);

const LASTING: Readonly<Record<string, ErrorCode>> = {
  OOM: 'ERR_REDIS_OOM',
  WRONGTYPE: 'ERR_REDIS_WRONG_TYPE',
};

/** Replies of a server that is a node of a cluster to a client that knows only this one. */
const OF_A_CLUSTER = new Set(['MOVED', 'ASK', 'CROSSSLOT']);

const DETAIL_CHARACTERS_MAX = 200;

/** Redis before 7 begins errors of commands in a script with where it was. */
const SCRIPT_PLACE = /^@?user_script: ?\d+: -?/;

/** What an error of the client, or a reply that is one, means for who asked. */
export function failureOf(error: Error): RedisFailure {
  const { name, message } = error;
  const text = message.replace(SCRIPT_PLACE, '');
  const detail = text.slice(0, DETAIL_CHARACTERS_MAX);
  // Errors of the connection: what was asked may have been done.
  if (name !== 'ReplyError') return transient('ERR_REDIS_UNAVAILABLE', detail);
  const [word = ''] = text.split(' ', 1);
  if (OF_ALL_WRITES.has(word)) {
    const expected = `expected a server that takes writes, got: ${detail}`;
    return { ...transient('ERR_REDIS_UNAVAILABLE', expected), isOfAllWrites: true };
  }
  const transientCode = TRANSIENT[word];
  if (transientCode !== undefined) return transient(transientCode, detail);
  const code = LASTING[word] ?? 'ERR_REDIS_REPLY';
  const expected = OF_A_CLUSTER.has(word)
    ? `expected a server that is no node of a cluster, or the option store.cluster, got: ${detail}`
    : `expected a reply that is no error, got: ${detail}`;
  return { code, detail: expected, isTransient: false, isOfAllWrites: false };
}

function transient(code: ErrorCode, detail: string): RedisFailure {
  return { code, detail, isTransient: true, isOfAllWrites: false };
}
