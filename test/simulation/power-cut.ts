import { messageOf } from '../../src/errors.js';
import { JournalStore, type JournalStoreOptions } from '../../src/shard/journal-store.js';
import { slotsOfShard } from '../../src/slots.js';
import type { PowerCut } from '../twins/simulated-content.js';
import type { SimulatedDisk } from '../twins/simulated-disk.js';
import { heldBy, textOf } from './held-session.js';
import type { NaiveStore } from './naive-store.js';
import type { Random } from './random.js';

/** The machine is another after it. */
const BOOT_ID = Buffer.alloc(16, 2);

/** What is wrong with what a power cut now would leave, which must be one of these; `undefined`: nothing. */
export function faultAfterPowerCut(
  options: JournalStoreOptions,
  disk: SimulatedDisk,
  possible: readonly NaiveStore[],
  random: Random,
): string | undefined {
  const { shard, clock } = options;
  const found = contentOf(options, disk.afterPowerCut(drawCut(random)));
  const nowMs = clock.now();
  if (possible.some((naive) => naive.liveAt(nowMs) === found)) return undefined;
  const least = possible[0]?.liveAt(nowMs);
  return `shard ${shard} after a power cut: expected\n${least}\nor later, got\n${found}`;
}

/** What a store is filled with, as text; or why it is not. */
function contentOf(options: JournalStoreOptions, disk: SimulatedDisk): string {
  const { shard, shards } = options;
  try {
    const store = new JournalStore({ ...options, disk, bootId: BOOT_ID });
    const found = textOf(heldBy(store, slotsOfShard(shard, shards)));
    store.close();
    return found;
  } catch (error) {
    return messageOf(error);
  }
}

function drawCut(random: Random): PowerCut {
  const odds = random.pick([0, 0.5, 0.9]);
  return {
    reaches: () => random.chance(odds),
    bytesOf: (length) => (random.chance(0.7) ? length : random.below(length + 1)),
  };
}
