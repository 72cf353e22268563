import { type Failure, type Result, STORE_FULL } from '../../protocol.js';
import type { OneByteBuffer } from '../record-log.js';
import type { RedisBatch } from './redis-batch.js';
import { OP_HEADER_BYTES, ScriptOp } from './script.js';
import type { SessionKey } from './session-key.js';
import type { WaitingChange } from './waiting-changes.js';

/** What one call of the script asks for: operations of one batch, in order, on keys that may be asked for together. */
export class Request {
  readonly batch: RedisBatch;
  /** Of all operations, also those that are answered. */
  readonly ids: string[] = [];
  readonly keys: SessionKey[] = [];
  // Of each operation that is not answered, in order.
  readonly #unansweredIds: string[] = [];
  readonly #ops: ScriptOp[] = [];
  readonly #deadlines: number[] = [];
  readonly #firsts: string[] = [];
  readonly #seconds: string[] = [];
  /** Of the results in the batch. */
  readonly #indexes: number[] = [];
  #textBytes = 0;
  readonly #onFinished: (() => void)[] = [];
  /** Requests that begin when this one is finished, each with one operation. */
  readonly #followers: Request[] = [];
  /** The one that this one waits for. */
  #before: Request | undefined;
  // Heads of values that something could not be added to.
  #refusingHeads: Set<string> | undefined;
  #isFinished = false;
  /** In a cluster its keys cannot be asked for together at this time. */
  asksKeysApart = false;
  /** It waits, or the one that it waits for does, as the server takes no writes. */
  areWritesRefused = false;

  constructor(batch: RedisBatch) {
    this.batch = batch;
  }

  /** Operations that are not answered. */
  get length(): number {
    return this.keys.length;
  }

  /** `deadline`: 0 for an operation without one. The texts are of one-byte characters. */
  add(
    id: string,
    key: SessionKey,
    op: ScriptOp,
    deadline: number,
    first: string,
    second: string,
  ): void {
    this.ids.push(id);
    this.#unansweredIds.push(id);
    this.keys.push(key);
    this.#ops.push(op);
    this.#deadlines.push(deadline);
    this.#firsts.push(first);
    this.#seconds.push(second);
    this.#indexes.push(this.batch.expect());
    this.#textBytes += first.length + second.length;
  }

  /** Whether it adds to the value of the id. */
  appendsTo(id: string): boolean {
    return this.ids.some((other, at) => other === id && this.opAt(at) === ScriptOp.APPEND);
  }

  opAt(at: number): ScriptOp {
    return this.#ops[at] as ScriptOp;
  }

  idAt(at: number): string {
    return this.#unansweredIds[at] as string;
  }

  deadlineAt(at: number): number {
    return this.#deadlines[at] as number;
  }

  /** Those of the operations on each key, in order. */
  placesByKey(): number[][] {
    const places = new Map<string, number[]>();
    for (const [at, key] of this.keys.entries()) {
      const text = typeof key === 'string' ? key : key.toString('latin1');
      const ofKey = places.get(text);
      if (ofKey === undefined) places.set(text, [at]);
      else ofKey.push(at);
    }
    return [...places.values()];
  }

  keysAt(places: readonly number[]): SessionKey[] {
    return places.map((at) => this.keys[at] as SessionKey);
  }

  /**
   * The operations, or some of them, as the script takes them. Deadlines become lifetimes, which are the same for
   * all clocks.
   */
  pack(nowMs: number, places?: readonly number[]): Buffer {
    const count = places?.length ?? this.length;
    const textBytes = places === undefined ? this.#textBytes : this.#textBytesAt(places);
    const bytes = Buffer.allocUnsafe(count * OP_HEADER_BYTES + textBytes);
    let at = 0;
    for (let n = 0; n < count; n++) {
      const i = places?.[n] ?? n;
      const first = this.#firsts[i] as string;
      const second = this.#seconds[i] as string;
      bytes[at] = this.#ops[i] as ScriptOp;
      bytes.writeDoubleLE(Math.max(1, (this.#deadlines[i] as number) - nowMs), at + 1);
      bytes.writeUInt32LE(first.length, at + 9);
      bytes.writeUInt32LE(second.length, at + 13);
      at = writeText(bytes, at + OP_HEADER_BYTES, first);
      at = writeText(bytes, at, second);
    }
    return bytes;
  }

  answer(at: number, result: Result | Failure): void {
    const isRefused = typeof result === 'object' || result === STORE_FULL;
    if (isRefused && this.opAt(at) === ScriptOp.APPEND) {
      this.#refusingHeads ??= new Set();
      this.#refusingHeads.add(this.#firsts[at] as string);
    }
    this.batch.answer(this.#indexes[at] as number, result);
  }

  /**
   * Calls back when the request before this one, with an operation on the same id, is finished. What follows an
   * addition that it could not make is refused then: a gap would be worse than an end.
   */
  follow(before: Request, callback: () => void): void {
    this.#before = before;
    this.areWritesRefused = before.areWritesRefused;
    before.#followers.push(this);
    before.onFinished(() => {
      this.#before = undefined;
      this.areWritesRefused = false;
      this.#refuseFollowing(before);
      callback();
    });
  }

  /** It waits for another request to be finished. */
  get isBehind(): boolean {
    return this.#before !== undefined;
  }

  /** Those that wait until this one is finished, and those that wait for them. */
  *waitingBehind(): Generator<Request> {
    const found = [...this.#followers];
    for (let next = found.pop(); next !== undefined; next = found.pop()) {
      yield next;
      found.push(...next.#followers);
    }
  }

  /** Changes of the session of an operation that come before it and wait: of these here, and of all requests before. */
  changesBefore(at: number, waitingHere: readonly number[]): WaitingChange[] {
    const id = this.idAt(at);
    const parts = [this.#changesOf(id, waitingHere)];
    for (let before = this.#before; before !== undefined; before = before.#before) {
      parts.push(before.#changesOf(id, [...before.keys.keys()]));
    }
    return parts.reverse().flat();
  }

  /** Leaves only those operations, which are to be asked for again. */
  keepOnly(places: readonly number[]): void {
    this.#textBytes = this.#textBytesAt(places);
    keep(this.#unansweredIds, places);
    keep(this.keys, places);
    keep(this.#ops, places);
    keep(this.#deadlines, places);
    keep(this.#firsts, places);
    keep(this.#seconds, places);
    keep(this.#indexes, places);
  }

  /** All of it is answered: what waited for it goes on. */
  finish(): void {
    this.#isFinished = true;
    for (const goOn of this.#onFinished) goOn();
  }

  /** Calls back when it is finished, at once if it is. */
  onFinished(callback: () => void): void {
    if (this.#isFinished) callback();
    else this.#onFinished.push(callback);
  }

  #changesOf(id: string, places: readonly number[]): WaitingChange[] {
    return places
      .filter((at) => this.idAt(at) === id)
      .map((at) => ({
        op: this.opAt(at),
        first: this.#firsts[at] as string,
        second: this.#seconds[at] as string,
      }));
  }

  #textBytesAt(places: readonly number[]): number {
    const lengthAt = (at: number) =>
      (this.#firsts[at] as string).length + (this.#seconds[at] as string).length;
    return places.reduce((bytes, at) => bytes + lengthAt(at), 0);
  }

  #refuseFollowing(before: Request): void {
    const heads = before.#refusingHeads;
    if (heads === undefined) return;
    this.#refusingHeads = new Set(heads);
    const kept: number[] = [];
    for (let at = 0; at < this.length; at++) {
      const isAppend = this.opAt(at) === ScriptOp.APPEND;
      if (isAppend && heads.has(this.#firsts[at] as string)) this.answer(at, STORE_FULL);
      else kept.push(at);
    }
    this.keepOnly(kept);
  }
}

/** Gives where it ends. */
function writeText(bytes: Buffer, at: number, text: string): number {
  if (text !== '') (bytes as OneByteBuffer).latin1Write(text, at, text.length);
  return at + text.length;
}

function keep<T>(list: T[], places: readonly number[]): void {
  const kept = places.map((at) => list[at] as T);
  list.length = 0;
  list.push(...kept);
}
