import type { Cluster, Redis } from 'ioredis';
import { type ScriptCalls, type ScriptCommands, ServerScript } from './script-calls.js';
import { NotTogetherError, type ScriptResult, unpackResults } from './script-results.js';
import type { SessionKey } from './session-key.js';

/** While a slot moves, some of its keys may be elsewhere, or nowhere yet; or the keys were those of a node. */
const NOT_OF_ONE_SLOT = /\bTRYAGAIN\b|\bCROSSSLOT\b|^Too many Cluster redirections/;
/**
 * A server that is full, takes no writes or has become a replica does not look what the script, which has flags,
 * would do.
 */
const REFUSES_ALL = /^(OOM|MISCONF|NOREPLICAS|READONLY)\b/;
/** It does not know what the first line of the script says. */
const BEFORE_REDIS_7 = /\bcompiling script\b|\bin script shebang\b/;
/**
 * Of a key that is elsewhere, or that the user has no right to: the script found out when it came to it. A call
 * that names the key says what it is.
 */
const NOT_HERE =
  /\bScript attempted to\b|\bACL failure in script\b|\bThe user executing the script\b/;

/** Calls the script for keys of one node of a cluster, or of one slot if its servers are older than Redis 7. */
export class ClusterScript implements ScriptCalls {
  readonly #cluster: Cluster;
  readonly #ofSlot: ServerScript;
  readonly #slotOf: (key: SessionKey) => number;
  #goesByNode = true;

  /** `cluster`: made with `SCRIPTS`, and so are its nodes. */
  constructor(cluster: Cluster, slotOf: (key: SessionKey) => number) {
    this.#cluster = cluster;
    this.#ofSlot = new ServerScript(cluster);
    this.#slotOf = slotOf;
  }

  groupOf(key: SessionKey): string {
    const slot = this.#slotOf(key);
    const node = this.#goesByNode ? this.#cluster.slots[slot]?.[0] : undefined;
    return node ?? `slot ${slot}`;
  }

  async apply(keys: readonly SessionKey[], operations: Buffer): Promise<ScriptResult[]> {
    const node = this.#goesByNode && !this.#areOfOneSlot(keys) ? this.#nodeOf(keys) : undefined;
    if (node !== undefined) return this.#applyOfNode(node, keys, operations);
    try {
      return await this.#ofSlot.apply(keys, operations);
    } catch (error) {
      const { message } = error as Error;
      throw NOT_OF_ONE_SLOT.test(message) ? new NotTogetherError(message) : error;
    }
  }

  /**
   * Asks the node itself: with one of the keys to lead there the cluster would follow an ASK with all of them, and
   * the node to which their slot moves would then serve those, too, that the other one still has.
   */
  async #applyOfNode(
    node: Redis,
    keys: readonly SessionKey[],
    operations: Buffer,
  ): Promise<ScriptResult[]> {
    const { applySessionsOfNodeBuffer } = node as unknown as ScriptCommands;
    try {
      const reply = await applySessionsOfNodeBuffer.call(node, 0, operations, ...keys);
      return unpackResults(reply, keys.length).map(withElsewhere);
    } catch (error) {
      const { message } = error as Error;
      if (BEFORE_REDIS_7.test(message)) this.#goesByNode = false;
      const isRefused = BEFORE_REDIS_7.test(message) || REFUSES_ALL.test(message);
      throw isRefused ? new NotTogetherError(message) : error;
    }
  }

  /** That of the first key; none while it is not connected, or calls would wait in a queue of the client. */
  #nodeOf([first = '']: readonly SessionKey[]): Redis | undefined {
    const name = this.#cluster.slots[this.#slotOf(first)]?.[0];
    const isConnected = ({ status }: Redis) => status === 'ready' || status === 'wait';
    return this.#cluster
      .nodes('master')
      .find((node) => nodeName(node) === name && isConnected(node));
  }

  #areOfOneSlot(keys: readonly SessionKey[]): boolean {
    const [first = ''] = keys;
    const slot = this.#slotOf(first);
    return keys.every((key) => this.#slotOf(key) === slot);
  }
}

/** As the client's table of slots has it. */
export function nodeName({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}

function withElsewhere(result: ScriptResult): ScriptResult {
  const isElsewhere = result instanceof Error && NOT_HERE.test(result.message);
  return isElsewhere ? new NotTogetherError(result.message) : result;
}
