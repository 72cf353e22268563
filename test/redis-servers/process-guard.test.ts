import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isAlive } from './process-status.js';
import { needsRedis } from './redis-binary.js';
import { waitUntil } from './wait-until.js';

const OWNER = fileURLToPath(new URL('./server-owner.js', import.meta.url));

interface Told {
  readonly pid: number;
  readonly path: string;
}

describe('process guard', needsRedis(), () => {
  for (const end of ['exits', 'is terminated', 'is killed'] as const) {
    it(`a process that ${end} without stopping its servers: none is left, nor its directory`, async () => {
      const owner = fork(OWNER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      const exited = once(owner, 'exit');
      const [servers] = (await once(owner, 'message')) as [Told[]];
      assert.deepEqual(
        servers.map(({ pid }) => isAlive(pid)),
        [true, true],
      );
      if (end === 'exits') owner.send('exit');
      else owner.kill(end === 'is killed' ? 'SIGKILL' : 'SIGTERM');
      await exited;
      await waitUntil('servers that ended', () => !servers.some(({ pid }) => isAlive(pid)));
      await waitUntil(
        'directories that are removed',
        () => !servers.some(({ path }) => existsSync(dirname(path))),
      );
    });
  }
});
