import { HEAD_BYTES } from '../../src/session-codec.js';
import type { RedisClient, RedisListener } from '../../src/shard/redis/redis-client.js';
import { OP_HEADER_BYTES, ScriptOp } from '../../src/shard/redis/script.js';
import {
  LATER,
  RefusedValueError,
  type ScriptResult,
} from '../../src/shard/redis/script-results.js';
import type { SessionKey } from '../../src/shard/redis/session-key.js';
import type { ManualClock } from './manual-clock.js';

interface Stored {
  value: string;
  expiresMs: number;
}

interface Call {
  readonly keys: readonly SessionKey[];
  readonly operations: Buffer;
  readonly settle: (results: ScriptResult[] | Error) => void;
}

/** Of a call, or of the operations on some keys. */
type Failure = Error | ((key: string) => Error | undefined);

/** What the script does, in this thread, on a clock that the test moves; as a reply, when the test says so. */
export class FakeRedis implements RedisClient {
  /** By key, as text of one-byte characters. */
  readonly stored = new Map<string, Stored>();
  /** Keys of each call, in order. */
  readonly asked: string[][] = [];
  isReady = false;
  isClosed = false;
  /** It takes no value and no addition, and says this. */
  refusal: string | undefined;
  reconnects = 0;
  /** Of the values in one reply; what follows is to be asked for again. */
  replyBytesMax = Number.POSITIVE_INFINITY;
  readonly script = this;
  groupOf: (key: SessionKey) => string = () => '';
  readonly #clock: ManualClock;
  #listener: RedisListener | undefined;
  #held: Call[] | undefined;
  // For the calls that come next.
  readonly #failures: Failure[] = [];

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  readonly connect = (listener: RedisListener): RedisClient => {
    this.#listener = listener;
    return this;
  };

  beReady(): void {
    this.isReady = true;
    this.#listener?.onReady();
  }

  beLost(reason: string): void {
    this.isReady = false;
    this.#listener?.onLost(new Error(reason));
  }

  /** The next call fails as a whole, and does nothing; or the operations on some keys do. */
  failNext(failure: Failure): void {
    this.#failures.push(failure);
  }

  /** Calls are not answered until `answer`. */
  hold(): void {
    this.#held = [];
  }

  /** Answers calls that are held; they fail as a whole, and do nothing, or the operations on some keys do. */
  answer(count = Number.POSITIVE_INFINITY, failure?: Failure): void {
    for (const call of this.#held?.splice(0, count) ?? []) {
      call.settle(failure instanceof Error ? failure : this.#apply(call, failure));
    }
  }

  /** Calls that are held are done, and their replies are lost. */
  loseReplies(count = Number.POSITIVE_INFINITY): void {
    for (const call of this.#held?.splice(0, count) ?? []) {
      this.#apply(call);
      call.settle(new Error('the connection was closed'));
    }
  }

  apply(keys: readonly SessionKey[], operations: Buffer): Promise<ScriptResult[]> {
    this.asked.push(keys.map(textOf));
    return new Promise((resolve, reject) => {
      const settle = (results: ScriptResult[] | Error) =>
        results instanceof Error ? reject(results) : resolve(results);
      const call = { keys: [...keys], operations, settle };
      const failure = this.#failures.shift();
      if (failure instanceof Error) reject(failure);
      else if (this.#held !== undefined) this.#held.push(call);
      else settle(this.#apply(call, failure));
    });
  }

  async visitKeys(visit: (keys: readonly Buffer[]) => Promise<void>): Promise<void> {
    const failure = this.#failures.shift();
    if (failure instanceof Error) throw failure;
    const keys = [...this.stored.keys()].filter((key) => this.#live(key) !== undefined);
    for (const key of keys) await visit([Buffer.from(key, 'latin1')]);
  }

  async removeKeys(keys: readonly Buffer[]): Promise<void> {
    for (const key of keys) this.stored.delete(textOf(key));
  }

  reconnect(): void {
    this.reconnects++;
  }

  close(): void {
    this.isClosed = true;
  }

  #apply(
    { keys, operations }: Call,
    failureOf: (key: string) => Error | undefined = () => undefined,
  ): ScriptResult[] {
    let at = 0;
    let valueBytes = 0;
    return keys.map((key) => {
      const firstBytes = operations.readUInt32LE(at + 9);
      const secondBytes = operations.readUInt32LE(at + 13);
      const start = at + OP_HEADER_BYTES;
      const text = operations.toString('latin1', start, start + firstBytes + secondBytes);
      const op = operations[at] as ScriptOp;
      const lifetimeMs = operations.readDoubleLE(at + 1);
      at = start + firstBytes + secondBytes;
      const failure = failureOf(textOf(key));
      if (valueBytes >= this.replyBytesMax) return LATER;
      if (failure !== undefined) return failure;
      const result = this.#applyOne(
        textOf(key),
        op,
        this.#clock.now() + lifetimeMs,
        text.slice(0, firstBytes),
        text.slice(firstBytes),
      );
      if (typeof result === 'string') valueBytes += result.length;
      return result;
    });
  }

  #applyOne(
    key: string,
    op: ScriptOp,
    expiresMs: number,
    first: string,
    second: string,
  ): ScriptResult {
    const stored = this.#live(key);
    if (op === ScriptOp.SET || op === ScriptOp.SET_OR_TOUCH) {
      if (this.refusal === undefined) return this.#set(key, first, expiresMs);
      if (op === ScriptOp.SET) return errorReply(this.refusal);
      if (stored !== undefined) stored.expiresMs = expiresMs;
      return new RefusedValueError(this.refusal);
    }
    if (stored === undefined) return op === ScriptOp.GET ? null : 0;
    switch (op) {
      case ScriptOp.GET:
        stored.expiresMs = expiresMs;
        return stored.value;
      case ScriptOp.TOUCH:
        stored.expiresMs = expiresMs;
        return 1;
      case ScriptOp.APPEND:
        if (stored.value.startsWith(first) && first.length === HEAD_BYTES) {
          if (this.refusal !== undefined) return errorReply(this.refusal);
          if (!stored.value.endsWith(second)) stored.value += second;
        }
        return 1;
      case ScriptOp.DELETE:
        this.stored.delete(key);
        return 1;
    }
  }

  #set(key: string, value: string, expiresMs: number): ScriptResult {
    const stored = this.#live(key);
    const head = value.slice(0, HEAD_BYTES);
    const storedHead = stored?.value.slice(0, HEAD_BYTES) ?? '';
    const isSameVersion = storedHead[0] === head[0] && storedHead.length === HEAD_BYTES;
    if (stored !== undefined && isSameVersion && storedHead > head) return 0;
    if (stored !== undefined && isSameVersion && storedHead === head) stored.expiresMs = expiresMs;
    else this.stored.set(key, { value, expiresMs });
    return 1;
  }

  #live(key: string): Stored | undefined {
    const stored = this.stored.get(key);
    return stored !== undefined && stored.expiresMs > this.#clock.now() ? stored : undefined;
  }
}

/** An error reply of the server. */
export function errorReply(message: string): Error {
  const error = new Error(message);
  error.name = 'ReplyError';
  return error;
}

function textOf(key: SessionKey): string {
  return Buffer.from(key as string).toString('latin1');
}
