import { compareHeads, HEAD_BYTES, timeOfHead } from '../../src/session-stamp.js';
import type { RedisClient, RedisListener } from '../../src/shard/redis/redis-client.js';
import { OP_HEADER_BYTES, ScriptOp, WRONG_CLOCK_MS } from '../../src/shard/redis/script.js';
import {
  LATER,
  RefusedValueError,
  type ScriptResult,
  Unrenewed,
} from '../../src/shard/redis/script-results.js';
import type { SessionKey } from '../../src/shard/redis/session-key.js';
import { TOMBSTONE_MS } from '../../src/shard/redis/tombstone.js';
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

/** Of a call, or of some of its operations. */
type FailureOf = (key: string, op: ScriptOp) => Error | undefined;
type Failure = Error | FailureOf;

/** What the script does, in this thread, on a clock that the test moves; as a reply, when the test says so. */
export class FakeRedis implements RedisClient {
  /** By key, as text of one-byte characters. */
  readonly stored = new Map<string, Stored>();
  /** By key, their heads. */
  readonly tombstones = new Map<string, Stored>();
  /** What all writes are refused with. */
  writeRefusal: Error | undefined;
  /** Keys of each call, in order. */
  readonly asked: string[][] = [];
  isReady = false;
  isClosed = false;
  /** It takes no value and no addition, and says this. */
  refusal: string | undefined;
  reconnects = 0;
  /** Of the values in one reply, and of why leases were not renewed; what follows is to be asked for again. */
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

  async countSessions(): Promise<number> {
    let count = 0;
    await this.visitKeys(async (keys) => {
      count += keys.length;
    });
    return count;
  }

  async visitKeys(visit: (keys: readonly Buffer[]) => Promise<void>): Promise<void> {
    const failure = this.#failures.shift();
    if (failure instanceof Error) throw failure;
    const keys = [...this.stored.keys()].filter(
      (key) => this.#live(key, this.stored) !== undefined,
    );
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

  #apply({ keys, operations }: Call, failureOf: FailureOf = () => undefined): ScriptResult[] {
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
      const failure = failureOf(textOf(key), op);
      if (valueBytes >= this.replyBytesMax) return LATER;
      if (failure !== undefined) return failure;
      const result = this.#applyOne(
        textOf(key),
        op,
        this.#clock.now() + lifetimeMs,
        text.slice(0, firstBytes),
        text.slice(firstBytes),
      );
      valueBytes += countedBytesOf(result);
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
    const stored = this.#live(key, this.stored);
    switch (op) {
      case ScriptOp.GET:
        if (this.writeRefusal) return new Unrenewed(stored?.value ?? null, this.writeRefusal);
        return this.#renew(stored, expiresMs) && (stored?.value ?? null);
      case ScriptOp.SET:
        return this.#set(key, first, expiresMs);
      case ScriptOp.SET_OR_TOUCH: {
        const result = this.#set(key, first, expiresMs);
        if (!(result instanceof Error) || result === this.writeRefusal) return result;
        this.#renew(stored, expiresMs);
        return new RefusedValueError(result.message);
      }
      case ScriptOp.TOUCH:
        return this.writeRefusal ?? this.#renew(stored, expiresMs);
      case ScriptOp.RENEW:
        if (!stored?.value.startsWith(first)) return 0;
        return this.writeRefusal ?? this.#renew(stored, expiresMs);
      case ScriptOp.APPEND:
        if (!stored?.value.startsWith(first) || stored.value.endsWith(second)) return 1;
        return this.#append(stored, second);
      case ScriptOp.DELETE:
        return this.writeRefusal ?? this.#delete(key, first);
    }
  }

  #renew(stored: Stored | undefined, expiresMs: number): number | null {
    if (stored === undefined) return null;
    stored.expiresMs = expiresMs;
    return 1;
  }

  #append(stored: Stored, addition: string): ScriptResult {
    if (this.writeRefusal) return this.writeRefusal;
    if (this.refusal !== undefined) return errorReply(this.refusal);
    stored.value += addition;
    return 1;
  }

  #delete(key: string, tombstone: string): number {
    const stored = this.#live(key, this.stored);
    if (this.refusal !== undefined) {
      this.stored.delete(key);
      return stored === undefined ? 0 : 1;
    }
    const before = this.#valueOrTombstone(key);
    const head = timeOfHead(before || tombstone) > timeOfHead(tombstone) ? before : tombstone;
    const value = head.slice(0, HEAD_BYTES - 2) + tombstone.slice(HEAD_BYTES - 2, HEAD_BYTES);
    this.tombstones.set(key, { value, expiresMs: this.#clock.now() + TOMBSTONE_MS });
    this.stored.delete(key);
    return stored === undefined ? 0 : 1;
  }

  #set(key: string, value: string, expiresMs: number): ScriptResult {
    const stored = this.#live(key, this.stored);
    const before = this.#valueOrTombstone(key);
    if (compareHeads(before, value) > 0 && !this.#isOfWrongClock(before, value)) return 0;
    if (this.writeRefusal) return this.writeRefusal;
    if (stored?.value.startsWith(value)) return this.#renew(stored, expiresMs);
    if (this.refusal !== undefined) return errorReply(this.refusal);
    this.stored.set(key, { value, expiresMs });
    this.tombstones.delete(key);
    return 1;
  }

  #isOfWrongClock(stored: string, value: string): boolean {
    const now = this.#clock.now();
    const isFresh = Math.abs(timeOfHead(value) - now) <= WRONG_CLOCK_MS;
    return isFresh && timeOfHead(stored) > now + WRONG_CLOCK_MS;
  }

  /** What stands under the key; '' for nothing. */
  #valueOrTombstone(key: string): string {
    return (this.#live(key, this.stored) ?? this.#live(key, this.tombstones))?.value ?? '';
  }

  #live(key: string, among: Map<string, Stored>): Stored | undefined {
    const stored = among.get(key);
    return stored !== undefined && stored.expiresMs > this.#clock.now() ? stored : undefined;
  }
}

/** Of a result, as far as the script counts what a reply has. */
function countedBytesOf(result: ScriptResult): number {
  if (result instanceof Unrenewed)
    return result.refusal.message.length + (result.value?.length ?? 0);
  return typeof result === 'string' ? result.length : 0;
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
