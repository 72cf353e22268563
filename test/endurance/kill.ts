import { readNumbers } from './arguments.js';
import { runKillLoop } from './kill-loop.js';

/**
 * Kills a process that has a journal, 200 times, and checks after each that nothing is lost that it was told is
 * done; exits with 1 if something is.
 *
 *   npm run kill -- --kills 200
 */
const { kills } = readNumbers({ kills: 200 });
console.log(JSON.stringify(await runKillLoop(kills), null, 2));
