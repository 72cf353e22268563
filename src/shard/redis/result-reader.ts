import { type Failure, NONE, type Result, STORE_FULL } from '../../protocol.js';
import { countsOf, type ShardCounts } from '../../shard-counts.js';
import { failureOf } from './reply-error.js';
import { ScriptOp } from './script.js';
import {
  type LATER,
  RefusedValueError,
  type ScriptResult,
  type Unrenewed,
} from './script-results.js';

/** Operations that the server may refuse for want of room. */
const STORING = new Set<ScriptOp>([ScriptOp.SET, ScriptOp.SET_OR_TOUCH, ScriptOp.APPEND]);

/** Of an operation that was done. */
type DoneResult = Exclude<ScriptResult, typeof LATER | Unrenewed>;

/** What the script's results mean for who asked, and how many there were of each. */
export class ResultReader {
  #hits = 0;
  #misses = 0;
  #sets = 0;
  #refused = 0;

  /** An error must be one that another attempt does not mend. */
  read(op: ScriptOp, result: DoneResult): Result | Failure {
    if (result instanceof Error) return this.#readError(op, result);
    switch (op) {
      case ScriptOp.GET:
        return this.#readValue(result);
      case ScriptOp.SET:
      case ScriptOp.SET_OR_TOUCH:
        this.#sets++;
        return NONE;
      case ScriptOp.DELETE:
        return result === 1 ? 1 : NONE;
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

  #readValue(value: DoneResult): Result {
    if (typeof value !== 'string') {
      this.#misses++;
      return NONE;
    }
    this.#hits++;
    return value;
  }

  #readError(op: ScriptOp, error: Error): Result | Failure {
    const { code, detail } = failureOf(error);
    if (STORING.has(op)) this.#refused++;
    // Then nothing more is to be added.
    if (op === ScriptOp.APPEND && code === 'ERR_REDIS_OOM') return STORE_FULL;
    return error instanceof RefusedValueError
      ? { code, detail, isInactive: true }
      : { code, detail };
  }
}
