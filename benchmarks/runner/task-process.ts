import { peerKindOf } from '../peers/all.js';
import { scenarioOf } from '../scenarios/all.js';
import type { Measured } from '../scenarios/scenario.js';
import type { Message, Task } from './messages.js';

/** A process that only tells how it gets on does not do much else. */
const PROGRESS_INTERVAL_MS = 200;

// The one that started this process is gone, and nobody else will stop it.
process.on('disconnect', () => process.exit(1));
process.on('SIGTERM', () => process.exit(1));

const task = JSON.parse(process.argv[2] ?? '') as Task;
await send(await perform(task));
// Whatever a store may still have open: its work is done.
process.exit(0);

async function perform(task: Task): Promise<Message> {
  try {
    return { kind: 'measured', measured: await measure(task) };
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'failed', reason };
  }
}

function measure({ scenario: name, variant: size, subject, quick }: Task): Promise<Measured> {
  const scenario = scenarioOf(name);
  const variant = scenario.variants(quick).find((one) => one.name === size);
  if (variant === undefined) throw new RangeError(`${name}: expected a variant, got "${size}"`);
  return scenario.run({ kind: peerKindOf(subject), variant, quick, onProgress: throttle() });
}

function throttle(): (done: number, total: number) => void {
  let sentMs = 0;
  return (done, total) => {
    const nowMs = performance.now();
    if (nowMs - sentMs < PROGRESS_INTERVAL_MS) return;
    sentMs = nowMs;
    void send({ kind: 'progress', done, total });
  };
}

/** Resolves when it has left this process. */
function send(message: Message): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) {
      console.log(JSON.stringify(message));
      resolve();
    } else {
      process.send(message, () => resolve());
    }
  });
}
