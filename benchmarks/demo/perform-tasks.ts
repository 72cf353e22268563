import type { Answer, Request, Tasks } from './tasks.js';

/** A process that only tells how it gets on does not do much else. */
const PROGRESS_INTERVAL_MS = 50;

/** Tells how much of the task is done. */
export type Report = (done: number) => void;

type Performers<T extends Tasks> = {
  [Name in keyof T]: (
    input: Parameters<T[Name]>[0],
    report: Report,
  ) => ReturnType<T[Name]> | Promise<ReturnType<T[Name]>>;
};

/** Makes this process perform what its parent asks for, one task after the other. */
export function performTasks<T extends Tasks>(performers: Performers<T>): void {
  let closing = false;
  process.on('message', async ({ task, input }: Request) => {
    await answer(performers[task as keyof T], input);
    if (task !== 'close') return;
    // From here on the process has to end by itself.
    closing = true;
    process.disconnect();
  });
  // The parent is gone, and nobody else will stop this process.
  process.on('disconnect', () => {
    if (!closing) process.exit(1);
  });
}

async function answer(
  perform: (input: never, report: Report) => unknown,
  input: unknown,
): Promise<void> {
  let done = 0;
  const sendProgress = () => send({ kind: 'progress', done });
  const timer = setInterval(sendProgress, PROGRESS_INTERVAL_MS);
  try {
    const value = await perform(input as never, (count) => {
      done = count;
    });
    sendProgress();
    send({ kind: 'result', value });
  } catch (error) {
    send({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  } finally {
    clearInterval(timer);
  }
}

function send(message: Answer): void {
  process.send?.(message);
}
