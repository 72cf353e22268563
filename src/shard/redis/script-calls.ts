import { COUNT_SCRIPT, SCRIPT, SCRIPT_OF_NODE } from './script.js';
import { type ScriptResult, unpackResults } from './script-results.js';
import type { SessionKey } from './session-key.js';

/** How the script is called. */
export interface ScriptCalls {
  /** Keys of the same group may be asked for in one call. */
  groupOf(key: SessionKey): string;
  /** Rejects if there is no answer to all of it; with `NotTogetherError`, if there may be one by one. */
  apply(keys: readonly SessionKey[], operations: Buffer): Promise<ScriptResult[]>;
}

/** For the client, which makes the commands below of it. */
export const SCRIPTS = {
  applySessions: { lua: SCRIPT },
  applySessionsOfNode: { lua: SCRIPT_OF_NODE },
  countSessionsOfNode: { lua: COUNT_SCRIPT },
} as const;

export interface ScriptCommands {
  applySessionsBuffer: ScriptCommand;
  applySessionsOfNodeBuffer: ScriptCommand;
  countSessionsOfNode: ScriptCommand;
}

type ScriptCommand = (
  keyCount: number,
  ...keysAndArguments: readonly SessionKey[]
) => Promise<unknown>;

/** Of one server. */
export class ServerScript implements ScriptCalls {
  readonly #commands: ScriptCommands;

  /** `client`: made with `SCRIPTS`. */
  constructor(client: unknown) {
    this.#commands = client as ScriptCommands;
  }

  groupOf(): string {
    return '';
  }

  async apply(keys: readonly SessionKey[], operations: Buffer): Promise<ScriptResult[]> {
    const reply = await this.#commands.applySessionsBuffer(keys.length, ...keys, operations);
    return unpackResults(reply, keys.length);
  }
}
