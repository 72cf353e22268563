import type { Clock } from '../../clock.js';
import type { Done } from '../../disk.js';

/** What calls back with an error or none, as a promise. */
export function later(act: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    act((error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}

export function nextTurn(clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.nextTurn(resolve);
  });
}
