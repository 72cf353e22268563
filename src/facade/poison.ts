import { SessionStorageError } from '../errors.js';
import type { ReportError } from './observed-promise.js';
import { describeOperation } from './operation-text.js';
import type { Outbox } from './outbox.js';
import type { PendingBatch } from './pending-batch.js';

/** Workers in a row that one batch, or one operation, may end. */
const DEATHS_MAX = 3;

export interface PoisonOptions {
  readonly shard: number;
  readonly report: ReportError;
}

/**
 * What is to be asked again in place of a batch that was the oldest one when its shard ended, `batch.deaths` times:
 * the batch; its operations one by one; or, of the one at fault, nothing or what can be done without its value.
 */
export function withoutPoison(
  batch: PendingBatch,
  outbox: Outbox,
  { shard, report }: PoisonOptions,
): PendingBatch[] {
  if (batch.deaths < DEATHS_MAX) return [batch];
  if (batch.operations.length > 1) {
    const singles = batch.split(() => outbox.nextSequence());
    // The batch has already cost three; one alone need not cost as many to be found at fault.
    for (const single of singles) single.deaths = 1;
    return singles;
  }
  const error = new SessionStorageError(
    'ERR_POISONOUS_OPERATION',
    `expected an operation that shard ${shard} survives, got ${describeOperation(batch.message)}, which it has not ${DEATHS_MAX} times`,
  );
  if (!batch.awaited) report(error);
  if (batch.refuseValue(error)) {
    batch.deaths = 1;
    return [batch];
  }
  outbox.settle(batch);
  if (batch.awaited) batch.fail(error);
  return [];
}
