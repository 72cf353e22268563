import { COUNT_NAMES } from '../../src/shard-counts.js';
import { isLimited, type Profile } from './profile.js';
import type { SimulatedWorkers } from './simulated-workers.js';
import { expectEqual } from './verdict.js';
import type { World } from './world.js';

const POISONOUS = 'ERR_POISONOUS_OPERATION';

/** Whether a shard may have refused or given up an operation after it had timed out. */
export function mayDrop(shard: number, { ledger, history, events }: World, { limits }: Profile) {
  return (
    ledger.wasUnavailable(shard, 0) ||
    isLimited(limits) ||
    events.codes.has(POISONOUS) ||
    history.calls.some(({ code }) => code === POISONOUS)
  );
}

/** Each session lives as long as the last call says that touched it. */
export function checkLives({ workers, history, shardOf }: World, ids: readonly string[]): void {
  for (const id of ids) {
    const worker = workers.all.find(({ shard }) => shard === shardOf(id));
    const life = worker?.lifeOf(id);
    const last = history.lastTouch(id);
    if (life === undefined || last === undefined) continue;
    expectEqual(`deadline of ${id} by call ${last.number}`, life.deadlineMs, last.deadlineMs);
    expectEqual(`${id} inactive`, life.inactive, last.kind === 'setInactive');
  }
}

/** What was told last of each disk is that it is well. */
export function checkDisksTold({ events }: World): void {
  expectEqual('shards whose disk fails at rest', [...events.failedDisks].join(), '');
}

/** The facade knows all that the shards have counted. */
export function checkCountsTold({ workers }: World): void {
  for (const { counts, delivered, shard } of workers.all) {
    for (const name of COUNT_NAMES) {
      expectEqual(`${name} told by shard ${shard}`, delivered?.[name], counts?.[name]);
    }
  }
}

export function heldBy(workers: SimulatedWorkers): { sessions: number; bytes: number } {
  let sessions = 0;
  let bytes = 0;
  for (const { counts } of workers.all) {
    sessions += counts?.sessions ?? 0;
    bytes += counts?.bytes ?? 0;
  }
  return { sessions, bytes };
}
