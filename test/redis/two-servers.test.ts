import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lossesOf } from '../../benchmarks/demo/report.js';
import { run } from '../../benchmarks/demo/run.js';
import { needsRedis } from '../redis-servers/redis-binary.js';

const CLIENTS = 40;
const MESSAGES = 6;
const SILENT = { start: () => {}, update: () => {}, finish: () => {} };

describe('two JSTP servers in two processes, with one Redis', needsRedis(), () => {
  it('clients that drop from one come back on the other, with session, state and messages', async () => {
    const options = { store: 'redis', clients: CLIENTS, messages: MESSAGES } as const;
    const result = await run('ShardedSessionStorageProvider', options, SILENT);
    assert.deepEqual(lossesOf(result), []);
    const { clients, server } = result;
    assert.deepEqual(
      [clients.restored, server.restoredByProvider, clients.delivered],
      [CLIENTS, CLIENTS, CLIENTS * MESSAGES],
    );
  });
});
