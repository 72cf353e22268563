import assert from 'node:assert/strict';
import { SLOT_COUNT } from './slots.js';

/**
 * What crosses a port between the facade and a shard. One message carries a batch: a flat array of
 * numbers and strings, which costs the least to send. A request is
 *
 *   [sequence, head, arguments ..., head, arguments ..., ...]   with head = op * SLOT_COUNT + slot
 *
 * and its reply is [sequence, result, result, ...], one result for each operation, in order.
 * Values are opaque strings of one-byte characters. Deadlines are absolute Unix ms.
 */
export const Op = {
  /** id, deadline of the lease -> the stored value or 0 */
  GET: 0,
  /** id, value, deadline */
  SET: 1,
  /** id, value, deadline: set and set inactive in one */
  SET_INACTIVE_VALUE: 2,
  /** id, deadline */
  SET_INACTIVE: 3,
  /** id, head of the value it belongs to, addition */
  AMEND: 4,
  /** id -> 1 if there was one, else 0 */
  DELETE: 5,
  /** -> number of sessions */
  SIZE: 6,
  CLEAR: 7,
  /** -> ShardReport */
  STATS: 8,
  /** Does nothing: its answer says that all before it is done. */
  FLUSH: 9,
} as const;
export type Op = (typeof Op)[keyof typeof Op];

/** Operations on all sessions of a shard. */
export type ShardWideOp = typeof Op.SIZE | typeof Op.CLEAR | typeof Op.STATS | typeof Op.FLUSH;

/** The result of operations that have nothing to tell, of a miss, and of "no". */
export const NONE = 0;

export type Batch = (string | number)[];
export type Result = string | number | ShardReport;
export type Reply = [sequence: number, ...results: Result[]];

/** What a shard counts since it started. */
export interface ShardReport {
  readonly sessions: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly sets: number;
  readonly expired: number;
  readonly evicted: number;
  /** Share of time that the shard's event loop was busy since the last report, 0 to 1. */
  readonly eventLoopUtilization: number;
}

/** What a shard says unasked. */
export type Notice =
  | { readonly kind: 'ready' }
  /** Sessions that ran out and were freed, since the last notice. */
  | { readonly kind: 'expired'; readonly count: number };

export function createBatch(sequence: number): Batch {
  return [sequence];
}

export function appendGet(batch: Batch, slot: number, id: string, deadline: number): void {
  batch.push(headOf(Op.GET, slot), id, deadline);
}

export function appendSet(
  batch: Batch,
  slot: number,
  id: string,
  value: string,
  deadline: number,
): void {
  batch.push(headOf(Op.SET, slot), id, value, deadline);
}

/** Makes the SET that was appended last also set the session inactive. May be done again. */
export function makeLastSetInactive(batch: Batch, deadline: number): void {
  const headAt = batch.length - 4;
  const head = batch[headAt];
  assert(typeof head === 'number', 'the last operation is a SET');
  const op = opOf(head);
  assert(op === Op.SET || op === Op.SET_INACTIVE_VALUE, 'the last operation is a SET');
  batch[headAt] = headOf(Op.SET_INACTIVE_VALUE, slotOf(head));
  batch[batch.length - 1] = deadline;
}

export function appendSetInactive(batch: Batch, slot: number, id: string, deadline: number): void {
  batch.push(headOf(Op.SET_INACTIVE, slot), id, deadline);
}

export function appendAmend(
  batch: Batch,
  slot: number,
  id: string,
  valueHead: string,
  addition: string,
): void {
  batch.push(headOf(Op.AMEND, slot), id, valueHead, addition);
}

export function appendDelete(batch: Batch, slot: number, id: string): void {
  batch.push(headOf(Op.DELETE, slot), id);
}

export function appendShardWide(batch: Batch, op: ShardWideOp): void {
  batch.push(headOf(op, 0));
}

function headOf(op: Op, slot: number): number {
  return op * SLOT_COUNT + slot;
}

export function opOf(head: number): Op {
  return Math.floor(head / SLOT_COUNT) as Op;
}

export function slotOf(head: number): number {
  return head % SLOT_COUNT;
}

/** Reads a batch from front to back and asserts that each part is what its place demands. */
export class BatchReader {
  readonly #batch: Batch;
  #at = 0;

  constructor(message: unknown) {
    assert(Array.isArray(message), 'a batch is an array');
    this.#batch = message;
  }

  get done(): boolean {
    return this.#at >= this.#batch.length;
  }

  number(): number {
    const part = this.#batch[this.#at++];
    assert(typeof part === 'number', `a number at ${this.#at - 1} of the batch`);
    return part;
  }

  string(): string {
    const part = this.#batch[this.#at++];
    assert(typeof part === 'string', `a string at ${this.#at - 1} of the batch`);
    return part;
  }
}

export function isReply(message: unknown): message is Reply {
  return Array.isArray(message) && typeof message[0] === 'number';
}

export function isNotice(message: unknown): message is Notice {
  return typeof message === 'object' && message !== null && 'kind' in message;
}
