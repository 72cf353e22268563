import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Sample } from '../report/results.js';

const MICRO = fileURLToPath(new URL('../micro/main.js', import.meta.url));
const TIMEOUT_MS = 600_000;

/** Single operations in loops, in a process of their own. Its tables are those of `bench:micro`. */
export function runMicro(quick: boolean): Promise<Sample[]> {
  const child = fork(MICRO, quick ? ['--quick'] : [], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    timeout: TIMEOUT_MS,
  });
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  let samples: Sample[] | undefined;
  child.on('message', (message) => {
    samples = message as Sample[];
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.off('exit', kill);
      if (code === 0 && samples !== undefined) resolve(samples);
      else reject(new Error(`died (${signal ?? `exit code ${code}`})`));
    });
  });
}
