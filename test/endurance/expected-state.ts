import { closeSync, existsSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

/** What a session is after a change of it: a version, or deleted. Versions of one id count from 1. */
export interface Change {
  readonly version: number;
  readonly deleted: boolean;
}

/** What is known of a session: the change that was acknowledged last, and those that came after it. */
export interface Expected {
  acknowledged: Change;
  readonly pending: Change[];
}

const NEVER: Change = { version: 0, deleted: true };

/**
 * A file that says what a process has asked of a store, and what it was told is done. Written before each change
 * and after each acknowledgement, so that it is known whenever the process is killed.
 */
export class ExpectedState {
  readonly #descriptor: number;
  #lines = '';

  /** Begins anew with what is known. */
  constructor(path: string, known: ReadonlyMap<string, Change>) {
    const begun = `${path}.new`;
    this.#descriptor = openSync(begun, 'w');
    for (const [id, change] of known) {
      this.change(id, change);
      this.acknowledge(id, change);
    }
    this.flush();
    renameSync(begun, path);
  }

  change(id: string, { version, deleted }: Change): void {
    this.#lines += `${deleted ? 'delete' : 'set'} ${id} ${version}\n`;
  }

  acknowledge(id: string, { version }: Change): void {
    this.#lines += `done ${id} ${version}\n`;
  }

  /** To be called before what was noted is asked of the store. */
  flush(): void {
    writeSync(this.#descriptor, this.#lines);
    this.#lines = '';
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

export function readExpectedState(path: string): Map<string, Expected> {
  const sessions = new Map<string, Expected>();
  if (!existsSync(path)) return sessions;
  for (const line of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
    const [what, id, number] = line.split(' ') as [string, string, string];
    const expected = sessions.get(id) ?? { acknowledged: NEVER, pending: [] };
    sessions.set(id, expected);
    const version = Number(number);
    if (what !== 'done') {
      expected.pending.push({ version, deleted: what === 'delete' });
      continue;
    }
    const at = expected.pending.findIndex((change) => change.version === version);
    const done = expected.pending.splice(0, at + 1).at(-1);
    if (done !== undefined) expected.acknowledged = done;
  }
  return sessions;
}
