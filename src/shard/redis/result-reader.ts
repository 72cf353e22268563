import { type Failure, NONE, type Result, STORE_FULL } from '../../protocol.js';
import { countsOf, type ShardCounts } from '../../shard-counts.js';
import type { OneByteBuffer } from '../record-log.js';
import type { RedisReply } from './redis-client.js';
import { failureOf } from './reply-error.js';
import { ScriptOp } from './script.js';

/** What the script's replies mean for who asked, and how many there were of each. */
export class ResultReader {
  #hits = 0;
  #misses = 0;
  #sets = 0;
  #refused = 0;

  /** An error must be one that another attempt does not mend. */
  read(op: ScriptOp, reply: RedisReply): Result | Failure {
    if (reply instanceof Error) return this.#readError(op, reply);
    switch (op) {
      case ScriptOp.GET:
        return this.#readValue(reply);
      case ScriptOp.SET:
        this.#sets++;
        return NONE;
      case ScriptOp.DELETE:
        return reply === 1 ? 1 : NONE;
      default:
        return NONE;
    }
  }

  /** The server does not tell of what runs out, and how much there is only if it is asked for. */
  counts(): ShardCounts {
    return {
      ...countsOf(() => 0),
      hits: this.#hits,
      misses: this.#misses,
      sets: this.#sets,
      refused: this.#refused,
    };
  }

  #readValue(reply: RedisReply): Result {
    if (!Buffer.isBuffer(reply)) {
      this.#misses++;
      return NONE;
    }
    this.#hits++;
    return (reply as OneByteBuffer).latin1Slice(0, reply.length);
  }

  #readError(op: ScriptOp, error: Error): Result | Failure {
    const failure = failureOf(error);
    if (op === ScriptOp.SET || op === ScriptOp.APPEND) this.#refused++;
    // Then nothing more is to be added.
    if (op === ScriptOp.APPEND && failure.code === 'ERR_REDIS_OOM') return STORE_FULL;
    return { code: failure.code, detail: failure.detail };
  }
}
