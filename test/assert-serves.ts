import assert from 'node:assert/strict';
import type { ShardedSessionStorageProvider } from '../src/index.js';
import { createSession } from './twins/test-provider.js';

const IDS = Array.from({ length: 8 }, (_, i) => `id ${i}`);
const AT_MS = 86_400_000;
export const SESSIONS_LEFT = IDS.length - 1;

/** Calls every operation of a provider, and checks its answer. Leaves `SESSIONS_LEFT` sessions. */
export async function assertServes(provider: ShardedSessionStorageProvider): Promise<void> {
  for (const id of IDS) {
    await provider.set(id, createSession({ at: new Date(AT_MS) }));
    await provider.setInactive(id);
  }
  assert.equal(await provider.size(), IDS.length);
  for (const id of IDS) {
    const restored = (await provider.get(id))?.get('at');
    assert(restored instanceof Date);
    assert.equal(restored.getTime(), AT_MS);
  }
  await new Promise<void>((resolve) => provider.get('unknown', () => resolve()));
  await provider.flush();
  assert.equal(await provider.delete('id 0'), true);
  assert.equal((await provider.stats()).sessions, SESSIONS_LEFT);
}
