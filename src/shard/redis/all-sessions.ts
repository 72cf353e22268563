import type { RedisClient } from './redis-client.js';

/** How many sessions of all servers there are, if none is added or removed meanwhile. */
export async function countSessions(client: RedisClient): Promise<number> {
  let count = 0;
  await client.visitKeys((keys) => {
    count += keys.length;
    return Promise.resolve();
  });
  return count;
}

/** Removes those that are asked for. */
export async function removeSessions(
  client: RedisClient,
  isToGo: (key: Buffer) => boolean,
): Promise<void> {
  await client.visitKeys((keys) => client.removeKeys(keys.filter(isToGo)));
}
