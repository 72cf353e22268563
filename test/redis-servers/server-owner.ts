import { RedisProcess } from './redis-process.js';

/** A process that starts two servers, freezes one, tells of both, and does not stop them. */
const servers = [await RedisProcess.start(), await RedisProcess.start()];
await servers[0]?.freeze();
process.on('message', () => process.exit());
process.send?.(servers.map(({ pid, address }) => ({ pid, ...address })));
