/** Rejects if the promise has not settled after `timeoutMs`. Does not keep the process alive. */
export function within<T>(
  promise: Promise<T>,
  timeoutMs: number,
  describe: () => string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`${describe()} (waited for ${timeoutMs / 1_000} s)`));
    }, timeoutMs);
    timer.unref();
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Acts on all items, on at most `inFlightMax` at a time. */
export async function forEachInWaves<T>(
  items: readonly T[],
  inFlightMax: number,
  act: (item: T) => Promise<void>,
  report: (done: number) => void,
): Promise<void> {
  const rest = items.values();
  let done = 0;
  const actOnRest = async () => {
    for (const item of rest) {
      await act(item);
      report(++done);
    }
  };
  await Promise.all(Array.from({ length: inFlightMax }, actOnRest));
}
