import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { HELP, readOptions } from './options.js';

/** What the process may take for each byte of the budget, on top of what it takes without sessions. */
const RATIO_MAX = 1.3;
const FILL_PROCESS = fileURLToPath(new URL('./fill-process.js', import.meta.url));

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  if (readOptions(args) === undefined) {
    console.log(HELP);
    return 0;
  }
  // A process of its own: its peak is the run's alone, and its death can be told.
  const child = spawn(process.execPath, [FILL_PROCESS, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0 || output === '') {
    console.log(JSON.stringify({ node: process.version, args, died: signal ?? code }));
    return 1;
  }
  console.log(output.trim());
  const { ratio } = JSON.parse(output) as { ratio: number };
  return ratio <= RATIO_MAX ? 0 : 1;
}
