import { setTimeout } from 'node:timers/promises';

/** Only a test that hangs ever waits this long. */
const DEADLINE_MS = 30_000;
const POLL_MS = 10;

/**
 * Resolves with the first value of `look` that is not `undefined`. Another process is looked at, which tells
 * nothing by itself; it may fail to answer meanwhile, so an error is a reason to look again.
 */
export async function waitFor<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + DEADLINE_MS;
  let cause: unknown;
  do {
    try {
      const value = await look();
      if (value !== undefined) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await setTimeout(POLL_MS);
  } while (performance.now() < endMs);
  throw new Error(`expected ${what} within ${DEADLINE_MS} ms`, { cause });
}

/** Resolves when the condition holds; an error in it means that it does not yet. */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  await waitFor(what, async () => ((await condition()) ? true : undefined));
}
