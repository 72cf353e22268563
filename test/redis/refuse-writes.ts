import { mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisProcess } from '../redis-servers/redis-process.js';
import { waitUntil } from '../redis-servers/wait-until.js';

/** Ways in which a server can be read and takes no writes. */
export const REFUSALS = ['MISCONF', 'NOREPLICAS'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Gives a function that has the server take writes again. */
export function refuseWrites(server: RedisProcess, refusal: Refusal): Promise<() => Promise<void>> {
  return refusal === 'MISCONF' ? failSnapshots(server) : wantReplicas(server);
}

/** As a full disk does: a directory stands where the snapshot is to be. */
async function failSnapshots({ admin }: RedisProcess): Promise<() => Promise<void>> {
  const [, directory = ''] = (await admin.config('GET', 'dir')) as string[];
  const obstacle = join(directory, 'dump.rdb');
  // That of an earlier time.
  rmSync(obstacle, { force: true });
  mkdirSync(obstacle);
  await admin.config('SET', 'save', '3600 1');
  const snapshot = async (status: string) => {
    await admin.bgsave();
    await waitUntil(`a snapshot that is ${status}`, async () =>
      (await admin.info('persistence')).includes(`rdb_last_bgsave_status:${status}`),
    );
  };
  await snapshot('err');
  return async () => {
    rmdirSync(obstacle);
    await snapshot('ok');
  };
}

async function wantReplicas({ admin }: RedisProcess): Promise<() => Promise<void>> {
  await admin.config('SET', 'min-replicas-to-write', '9');
  return async () => {
    await admin.config('SET', 'min-replicas-to-write', '0');
  };
}
