import { NOT_SAFE, Op, STORE_FULL, STORE_FULL_NOT_SAFE } from '../../src/protocol.js';
import { SLOT_COUNT } from '../../src/slots.js';
import type { StoreAnswer } from './store-oracle.js';
import { Violation } from './trace.js';

/** What a batch may ask for: the name, how many arguments come, and which call of a store it becomes. */
const SHAPES: Record<number, { name: string; length: number; method?: StoreAnswer['method'] }> = {
  [Op.GET]: { name: 'GET', length: 2, method: 'get' },
  [Op.SET]: { name: 'SET', length: 3, method: 'set' },
  [Op.SET_INACTIVE_VALUE]: { name: 'SET_INACTIVE_VALUE', length: 3, method: 'set' },
  [Op.SET_INACTIVE]: { name: 'SET_INACTIVE', length: 2, method: 'setInactive' },
  [Op.AMEND]: { name: 'AMEND', length: 3, method: 'amend' },
  [Op.DELETE]: { name: 'DELETE', length: 2, method: 'delete' },
  [Op.SIZE]: { name: 'SIZE', length: 0, method: 'size' },
  [Op.CLEAR]: { name: 'CLEAR', length: 0, method: 'clear' },
  [Op.STATS]: { name: 'STATS', length: 0 },
  [Op.FLUSH]: { name: 'FLUSH', length: 0 },
  [Op.SYNC]: { name: 'SYNC', length: 0 },
};

/** One operation of a batch, read without the reader of the real shard. */
export interface AskedOperation {
  readonly op: number;
  readonly name: string;
  readonly slot: number;
  readonly id: string;
  readonly arguments: readonly (string | number)[];
  readonly method: StoreAnswer['method'] | undefined;
}

/** A batch that a store was given at some instant, and what it said. */
export interface AppliedBatch {
  readonly instant: number;
  readonly asked: readonly AskedOperation[];
  /** Filled while it is applied. */
  readonly answers: StoreAnswer[];
  /** It is as safe as is promised. */
  safe: boolean;
}

export function operationsOf(batch: readonly (string | number)[]): AskedOperation[] {
  const operations: AskedOperation[] = [];
  let at = 1;
  while (at < batch.length) {
    const head = Number(batch[at]);
    const op = Math.floor(head / SLOT_COUNT);
    const shape = SHAPES[op];
    if (shape === undefined) throw new Violation(`expected an operation at ${at}, got ${head}`);
    const given = batch.slice(at + 1, at + 1 + shape.length);
    const id = String(given[0] ?? '');
    const { name, method } = shape;
    operations.push({ op, name, slot: head % SLOT_COUNT, id, arguments: given, method });
    at += 1 + shape.length;
  }
  return operations;
}

/** The bytes of ids and values of a batch. */
export function bytesOf(batch: readonly (string | number)[]): number {
  return batch.reduce<number>((sum, part) => sum + (typeof part === 'string' ? part.length : 0), 0);
}

/** What the store has done, as a reply says it; `undefined`: it may say anything. */
export function resultsOf({ asked, answers }: AppliedBatch): (string | number | undefined)[] {
  let next = 0;
  return asked.map(({ op, name, method, id }) => {
    if (method === undefined) return op === Op.STATS ? undefined : 0;
    const answer = answers[next++];
    if (answer?.method !== method || answer.id !== id) {
      throw new Violation(
        `${name} ${id}: expected a call of ${method}, got ${answer?.method} ${answer?.id}`,
      );
    }
    return resultOf(answer);
  });
}

/** What a reply must say. */
export function repliesOf(batch: AppliedBatch): (string | number | undefined)[] {
  const results = resultsOf(batch);
  if (batch.safe) return results;
  return results.map((result, i) => {
    const { method, op } = batch.asked[i] ?? {};
    const isChange = method !== undefined && method !== 'get' && method !== 'size';
    if (!isChange && op !== Op.SYNC) return result;
    if (result !== STORE_FULL) return NOT_SAFE;
    return op === Op.SET_INACTIVE_VALUE ? STORE_FULL_NOT_SAFE : STORE_FULL;
  });
}

function resultOf({ method, result }: StoreAnswer): string | number {
  if (typeof result === 'string' || typeof result === 'number') return result;
  if (method === 'delete') return result === true ? 1 : 0;
  return result === false ? -1 : 0;
}
