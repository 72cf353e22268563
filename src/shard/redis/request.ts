import { type Failure, type Result, STORE_FULL } from '../../protocol.js';
import type { RedisBatch } from './redis-batch.js';
import { ScriptOp } from './script.js';
import type { SessionKey } from './session-key.js';

/** An operation and its two arguments, as the script takes them; a number is a deadline. */
const PARTS = 3;

/** What one call of the script asks for: operations of one batch, in order, on keys that may be asked for together. */
export class Request {
  readonly batch: RedisBatch;
  readonly ids: string[] = [];
  readonly keys: SessionKey[] = [];
  readonly #parts: (SessionKey | number)[] = [];
  // Of the results in the batch.
  readonly #indexes: number[] = [];
  readonly #followers: (() => void)[] = [];
  // Heads of values that something could not be added to, as text.
  #refusingHeads: Set<string> | undefined;
  #isFinished = false;

  constructor(batch: RedisBatch) {
    this.batch = batch;
  }

  /** Operations that are not answered. */
  get length(): number {
    return this.keys.length;
  }

  add(
    id: string,
    key: SessionKey,
    op: string,
    first: SessionKey | number,
    second: SessionKey | number,
  ): void {
    this.ids.push(id);
    this.keys.push(key);
    this.#parts.push(op, first, second);
    this.#indexes.push(this.batch.expect());
  }

  opAt(at: number): string {
    return this.#parts[at * PARTS] as string;
  }

  /** The arguments of the script. A deadline becomes a lifetime, which is the same for all clocks. */
  argumentsAt(nowMs: number): (SessionKey | number)[] {
    return this.#parts.map((part) => (typeof part === 'number' ? Math.max(1, part - nowMs) : part));
  }

  answer(at: number, result: Result | Failure): void {
    if (
      this.opAt(at) === ScriptOp.APPEND &&
      (typeof result === 'object' || result === STORE_FULL)
    ) {
      this.#refusingHeads ??= new Set();
      this.#refusingHeads.add(this.#headAt(at));
    }
    this.batch.answer(this.#indexes[at] as number, result);
  }

  /**
   * Calls back when the request before this one, with an operation on the same id, is finished. What follows an
   * addition that it could not make is refused then: a gap would be worse than an end.
   */
  follow(before: Request, callback: () => void): void {
    before.onFinished(() => {
      this.#refuseFollowing(before);
      callback();
    });
  }

  /** Leaves only those operations, which are to be asked for again. */
  keepOnly(places: readonly number[]): void {
    keep(this.keys, places);
    keep(this.#indexes, places);
    keep(
      this.#parts,
      places.flatMap((at) => [at * PARTS, at * PARTS + 1, at * PARTS + 2]),
    );
  }

  /** All of it is answered: what waited for it goes on. */
  finish(): void {
    this.#isFinished = true;
    for (const follow of this.#followers) follow();
  }

  /** Calls back when it is finished, at once if it is. */
  onFinished(callback: () => void): void {
    if (this.#isFinished) callback();
    else this.#followers.push(callback);
  }

  #refuseFollowing(before: Request): void {
    const heads = before.#refusingHeads;
    if (heads === undefined) return;
    this.#refusingHeads = new Set(heads);
    const kept: number[] = [];
    for (let at = 0; at < this.length; at++) {
      const isRefused = this.opAt(at) === ScriptOp.APPEND && heads.has(this.#headAt(at));
      if (isRefused) this.answer(at, STORE_FULL);
      else kept.push(at);
    }
    this.keepOnly(kept);
  }

  /** Of the value that is added to. */
  #headAt(at: number): string {
    const head = this.#parts[at * PARTS + 1];
    return Buffer.isBuffer(head) ? head.toString('latin1') : '';
  }
}

function keep<T>(list: T[], places: readonly number[]): void {
  const kept = places.map((at) => list[at] as T);
  list.length = 0;
  list.push(...kept);
}
