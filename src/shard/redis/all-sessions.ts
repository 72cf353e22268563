import type { RedisClient } from './redis-client.js';

/** Removes those that are asked for. */
export async function removeSessions(
  client: RedisClient,
  isToGo: (key: Buffer) => boolean,
): Promise<void> {
  await client.visitKeys((keys) => client.removeKeys(keys.filter(isToGo)));
}
