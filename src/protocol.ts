import assert from 'node:assert/strict';
import type { ErrorCode } from './errors.js';
import { COUNT_NAMES, countsOf, type ShardCounts } from './shard-counts.js';
import { SLOT_COUNT } from './slots.js';

/**
 * What crosses a port between the facade and a shard. One message carries a batch: a flat array of
 * numbers and strings, which costs the least to send. A request is
 *
 *   [sequence, head, arguments ..., head, arguments ..., ...]   with head = op * SLOT_COUNT + slot
 *
 * and its reply is [sequence, counts ..., result, result, ...], with what the shard has counted, in the
 * order of COUNT_NAMES, and one result for each operation, in order. A reply before the last one to a batch has
 * the negative of its sequence, PENDING for what is answered later, and anything for what was answered before. Values
 * are opaque strings of one-byte characters. Deadlines are absolute Unix ms. The facade also sends receipts, which
 * are no batches: it has read all that the shard posted before it asked for that receipt.
 */
export const Op = {
  /** id, deadline of the lease -> the stored value or 0 */
  GET: 0,
  /** id, value, deadline -> 0, or STORE_FULL and nothing has changed */
  SET: 1,
  /**
   * id, value, deadline: set and set inactive in one -> like SET. If the value is refused, the session that is
   * stored becomes inactive all the same.
   */
  SET_INACTIVE_VALUE: 2,
  /** id, deadline */
  SET_INACTIVE: 3,
  /** id, head of the value it belongs to, addition -> 0, or STORE_FULL and nothing has changed */
  AMEND: 4,
  /** id, Unix ms of the machine's clock at the call -> 1 if there was one, else 0 */
  DELETE: 5,
  /** -> number of sessions */
  SIZE: 6,
  CLEAR: 7,
  /** -> the times of the shard's event loop, as `packLoopTimes` makes them */
  STATS: 8,
  /** Does nothing: its answer says that all before it is done. */
  FLUSH: 9,
  /** The same, and all that was done is as safe from a power cut as the store can make it. */
  SYNC: 10,
} as const;
export type Op = (typeof Op)[keyof typeof Op];

/** How many parts of a batch follow the head of an operation. The first is the session id, if any. */
const ARGUMENT_COUNTS = {
  [Op.GET]: 2,
  [Op.SET]: 3,
  [Op.SET_INACTIVE_VALUE]: 3,
  [Op.SET_INACTIVE]: 2,
  [Op.AMEND]: 3,
  [Op.DELETE]: 2,
  [Op.SIZE]: 0,
  [Op.CLEAR]: 0,
  [Op.STATS]: 0,
  [Op.FLUSH]: 0,
  [Op.SYNC]: 0,
} as const satisfies Record<Op, number>;

/** Operations on all sessions of a shard. */
export type ShardWideOp =
  | typeof Op.SIZE
  | typeof Op.CLEAR
  | typeof Op.STATS
  | typeof Op.FLUSH
  | typeof Op.SYNC;

/** The result of operations that have nothing to tell, of a miss, and of "no". */
export const NONE = 0;

/** The result of a SET or AMEND for which there is no room. */
export const STORE_FULL = -1;

/** The result of a change that is done, and is not as safe as the store promises. */
export const NOT_SAFE = -2;

/**
 * The result of a SET_INACTIVE_VALUE for whose value there is no room. The stored session is inactive, and that is
 * not as safe as the store promises.
 */
export const STORE_FULL_NOT_SAFE = -4;

/** In place of the result of an operation that a later reply to the same batch answers. */
export const PENDING = -3;

/** The result of an operation that failed for a reason of its own, and changed nothing but for `isInactive`. */
export interface Failure {
  readonly code: ErrorCode;
  readonly detail: string;
  /** Of a SET_INACTIVE_VALUE: only the value was refused; the session that is stored has become inactive. */
  readonly isInactive?: true;
}

/**
 * Operations in one batch. More would have the shard idle while the facade fills the batch, and the
 * facade while the shard answers it.
 */
export const BATCH_OPERATIONS_MAX = 256;

export type Batch = (string | number)[];
export type Result = string | number;
export type Reply = [sequence: number, ...countsAndResults: (Result | Failure)[]];

/** A reply whose results are to be pushed, and whose counts are to be set when they are known. */
export function createReply(sequence: number): Reply {
  const reply: Reply = [sequence];
  for (let i = 0; i < COUNT_NAMES.length; i++) reply.push(0);
  return reply;
}

export function setCounts(reply: Reply, counts: ShardCounts): void {
  for (let i = 0; i < COUNT_NAMES.length; i++) {
    const name = COUNT_NAMES[i];
    if (name !== undefined) reply[1 + i] = counts[name];
  }
}

export function countsOfReply(reply: Reply): ShardCounts {
  return countsOf((name, at) => {
    const count = reply[1 + at];
    assert(typeof count === 'number', `a number for ${name}`);
    return count;
  });
}

/** The place in a reply of the result of the operation that is at `index` of the batch. */
export function resultAt(index: number): number {
  return 1 + COUNT_NAMES.length + index;
}

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
  makeSetInactive(batch, batch.length - 1 - ARGUMENT_COUNTS[Op.SET], deadline);
}

/** The same for the SET whose head is at `headAt`. */
export function makeSetInactive(batch: Batch, headAt: number, deadline: number): void {
  const slot = slotOf(headOfSet(batch, headAt));
  batch[headAt] = headOf(Op.SET_INACTIVE_VALUE, slot);
  batch[headAt + 3] = deadline;
}

/** Makes the SET at `headAt` one of another value. */
export function replaceSet(batch: Batch, headAt: number, value: string, deadline: number): void {
  const slot = slotOf(headOfSet(batch, headAt));
  batch[headAt] = headOf(Op.SET, slot);
  batch[headAt + 2] = value;
  batch[headAt + 3] = deadline;
}

/** How many bytes more the SET at `headAt` would have with another value. */
export function growthOfSet(batch: Batch, headAt: number, value: string): number {
  headOfSet(batch, headAt);
  const before = batch[headAt + 2];
  assert(typeof before === 'string', 'a SET has a value');
  return value.length - before.length;
}

function headOfSet(batch: Batch, headAt: number): number {
  const head = batch[headAt];
  assert(typeof head === 'number' && isSet(opOf(head)), `a SET at ${headAt} of the batch`);
  return head;
}

/** Makes a batch of one SET_INACTIVE_VALUE one of a SET_INACTIVE; false for any other batch. */
export function dropValue(batch: Batch): boolean {
  const head = batch[1];
  if (typeof head !== 'number' || opOf(head) !== Op.SET_INACTIVE_VALUE) return false;
  assert(batch.length === 2 + ARGUMENT_COUNTS[Op.SET_INACTIVE_VALUE], 'a batch of one operation');
  batch[1] = headOf(Op.SET_INACTIVE, slotOf(head));
  batch.splice(3, 1);
  return true;
}

export function isSet(op: Op): boolean {
  return op === Op.SET || op === Op.SET_INACTIVE_VALUE;
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

export function appendDelete(batch: Batch, slot: number, id: string, calledMs: number): void {
  batch.push(headOf(Op.DELETE, slot), id, calledMs);
}

export function appendShardWide(batch: Batch, op: ShardWideOp): void {
  batch.push(headOf(op, 0));
}

/** What the facade answers to a notice `receiptWanted`. No batch has the sequence 0. */
export function createReceipt(): Batch {
  return [0];
}

export function isReceipt(message: unknown): boolean {
  return Array.isArray(message) && message[0] === 0;
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

/** Where an operation is in a batch, and what it is. */
export interface OperationPlace {
  readonly headAt: number;
  readonly op: Op;
  /** `undefined` for an operation on all sessions. */
  readonly id: string | undefined;
}

/** The operations of a batch from `start`, the place of a head, on. */
export function* placesIn(batch: Batch, start = 1): Generator<OperationPlace> {
  let headAt = start;
  while (headAt < batch.length) {
    const head = batch[headAt];
    assert(typeof head === 'number', `a head at ${headAt} of the batch`);
    const op = opOf(head);
    const count = ARGUMENT_COUNTS[op];
    const id = batch[headAt + 1];
    yield { headAt, op, id: count > 0 && typeof id === 'string' ? id : undefined };
    headAt += 1 + count;
  }
}

/** Operations that promise to be durable: changes, and the wish to make them so. */
const DURABLE_OPS = new Set<Op>([
  Op.SET,
  Op.SET_INACTIVE_VALUE,
  Op.SET_INACTIVE,
  Op.AMEND,
  Op.DELETE,
  Op.CLEAR,
  Op.SYNC,
]);

/** Tells in the reply that what the batch has changed, or was to make durable, is not safe. */
export function failChanges(batch: Batch, reply: Reply): void {
  let index = 0;
  for (const { op } of placesIn(batch)) {
    const at = resultAt(index++);
    if (!DURABLE_OPS.has(op) || reply[at] === PENDING) continue;
    if (reply[at] !== STORE_FULL) reply[at] = NOT_SAFE;
    else if (op === Op.SET_INACTIVE_VALUE) reply[at] = STORE_FULL_NOT_SAFE;
  }
}

export function countOperations(batch: Batch): number {
  let count = 0;
  for (const _ of placesIn(batch)) count++;
  return count;
}

/** Each operation as a batch of its own. */
export function splitBatch(batch: Batch, nextSequence: () => number): Batch[] {
  const starts = [...placesIn(batch)].map(({ headAt }) => headAt);
  return starts.map((start, i) => [nextSequence(), ...batch.slice(start, starts[i + 1])]);
}

export function isReply(message: unknown): message is Reply {
  if (!Array.isArray(message) || message.length < resultAt(0)) return false;
  for (let i = 0; i < resultAt(0); i++) if (typeof message[i] !== 'number') return false;
  return true;
}
