import type { OneByteBuffer } from '../record-log.js';
import { ResultHead } from './script.js';

/** What a get found on a server that takes no writes, so that the value could not be given more life. */
export class Unrenewed {
  readonly value: string | null;
  /** An error reply. */
  readonly refusal: Error;

  constructor(value: string | null, refusal: Error) {
    this.value = value;
    this.refusal = refusal;
  }
}

/** What the script made of an operation: the value, 1 or 0, `null` for no value or 0, or an error. */
export type ScriptResult = string | number | null | typeof LATER | Unrenewed | Error;

/** The operation was not done, as the reply is full, and is to be asked for again. */
export const LATER = Symbol('later');

/** These keys cannot be asked for in one call at this time; one by one they can. */
export class NotTogetherError extends Error {
  override readonly name = 'NotTogetherError';
}

/** The server refused the value; what is stored has got the lifetime all the same. */
export class RefusedValueError extends Error {
  // It is the server's reply, as the client names those.
  override readonly name = 'ReplyError';
}

const HEAD_BYTES = 4;

/** The results of so many operations. Throws if the reply is not that. */
export function unpackResults(reply: unknown, count: number): ScriptResult[] {
  if (!Buffer.isBuffer(reply)) throw unexpected(count, typeof reply);
  const results: ScriptResult[] = [];
  let at = 0;
  // Of the get whose result is next.
  let refusal: Error | undefined;
  const take = (bytes: number): number => {
    const start = at;
    at += bytes;
    if (bytes < 0 || at > reply.length) throw unexpected(count, `${reply.length} bytes`);
    return start;
  };
  const takeText = (): string => {
    const start = take(reply.readInt32LE(take(HEAD_BYTES)));
    return reply.toString('utf8', start, at);
  };
  while (results.length < count) {
    const head = reply.readInt32LE(take(HEAD_BYTES));
    if (head >= 0) {
      const start = take(head);
      const value = (reply as OneByteBuffer).latin1Slice(start, at);
      results.push(refusal === undefined ? value : new Unrenewed(value, refusal));
      refusal = undefined;
    } else if (head === ResultHead.NONE) {
      results.push(refusal === undefined ? null : new Unrenewed(null, refusal));
      refusal = undefined;
    } else if (head === ResultHead.DONE) {
      results.push(1);
    } else if (head === ResultHead.LATER) {
      results.push(LATER);
    } else if (head === ResultHead.ERROR) {
      results.push(replyError(takeText()));
    } else if (head === ResultHead.REFUSED) {
      results.push(new RefusedValueError(takeText()));
    } else if (head === ResultHead.UNRENEWED) {
      refusal = replyError(takeText());
    } else {
      throw unexpected(count, `one that begins with ${head}`);
    }
  }
  if (at < reply.length) throw unexpected(count, `${reply.length - at} bytes more`);
  return results;
}

function unexpected(count: number, got: string): Error {
  return replyError(`expected the results of ${count} operations, got ${got}`);
}

/** As the client makes them of the server's errors. */
function replyError(message: string): Error {
  const error = new Error(message);
  error.name = 'ReplyError';
  return error;
}
