import { errorFrom, messageOf, SessionStorageError } from '../errors.js';
import { packageFile } from '../package-files.js';
import type { MoveOptions, MoveReport } from '../shard/journal/reshard.js';
import type { MoveResult } from '../shard/journal/reshard-worker.js';
import { createWorkerPool } from './worker-pool.js';

const WORKER_PATH = 'shard/journal/reshard-worker.js';

/**
 * Writes the sessions of a journal into a new one, for another number of shards, on a thread of its own; see
 * `reshard`. The old files stay as they are. Rejects with a {@link SessionStorageError}: `ERR_JOURNAL_CORRUPT`,
 * `ERR_STORE_FULL` without memory for one of the old shards, else `ERR_JOURNAL_UNAVAILABLE`, also when
 * `signal` ends it before it is done, as a crash would.
 */
export async function moveShards(options: MoveOptions, signal?: AbortSignal): Promise<MoveReport> {
  const pool = createWorkerPool(packageFile(WORKER_PATH));
  const end = () => void pool.destroy();
  signal?.addEventListener('abort', end, { once: true });
  try {
    if (signal?.aborted) throw new Error('it was ended before it began');
    const result = (await pool.run(options)) as MoveResult;
    if ('report' in result) return result.report;
    throw errorFrom(result.error);
  } catch (error) {
    if (error instanceof SessionStorageError) throw error;
    const detail = `expected the shards to be moved, got ${messageOf(error)}`;
    throw new SessionStorageError('ERR_JOURNAL_UNAVAILABLE', detail, { cause: error });
  } finally {
    signal?.removeEventListener('abort', end);
    await pool.destroy();
  }
}
