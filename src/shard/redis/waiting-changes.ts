import { compareHeads } from '../../session-stamp.js';
import { ScriptOp } from './script.js';

/** A change of a session that the server has not made yet. */
export interface WaitingChange {
  readonly op: ScriptOp;
  /** The texts of the operation, see `ScriptOp`. */
  readonly first: string;
  readonly second: string;
}

/** What is stored of a session once the server makes the changes that wait; `null`: nothing. */
export function valueAfter(
  stored: string | null,
  changes: readonly WaitingChange[],
): string | null {
  return changes.reduce(applyChange, stored);
}

/** As the script does. */
function applyChange(stored: string | null, { op, first, second }: WaitingChange): string | null {
  switch (op) {
    case ScriptOp.SET:
    case ScriptOp.SET_OR_TOUCH:
      return stored !== null && isKept(stored, first) ? stored : first;
    case ScriptOp.APPEND:
      if (stored === null || !stored.startsWith(first) || stored.endsWith(second)) return stored;
      return stored + second;
    case ScriptOp.DELETE:
      return null;
    default:
      return stored;
  }
}

/** The stored value is newer, or is this value and what was added to it. */
function isKept(stored: string, value: string): boolean {
  return compareHeads(stored, value) > 0 || stored.startsWith(value);
}
