import { peerKindOf } from '../../peers/all.js';
import { assertStored, fill } from '../filling.js';
import type { FillTask } from '../restart.js';

const DAY_MS = 86_400_000;

const task = JSON.parse(process.argv[2] ?? '') as FillTask;
await fillStore(task);

async function fillStore({ subject, sessions, shards, directory }: FillTask): Promise<void> {
  const peer = await peerKindOf(subject).create({
    inactiveSessionLifetimeMs: DAY_MS,
    directory,
    ...(shards === undefined ? {} : { shards }),
  });
  await fill(peer, 0, sessions, () => {});
  await assertStored(peer, sessions);
  await peer.close();
}
