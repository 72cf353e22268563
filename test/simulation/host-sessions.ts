import jstp from '@metarhia/jstp';
import type { JstpSession } from '../../src/index.js';
import type { Random } from './random.js';
import { Violation } from './trace.js';

/** A Session object that the host holds, and what it has buffered for it. */
interface HostSession {
  readonly session: jstp.Session;
  /** The instant of each message; they are numbered from 1. */
  readonly messages: number[];
  version: SetVersion | undefined;
}

/** One `set`: which state it stored, and which messages belong to it. */
interface SetVersion {
  readonly id: string;
  readonly host: HostSession;
  readonly messagesAtSet: number;
  /** The messages from here on are owed to a later `set` of the same object. */
  messagesEnd: number;
  readonly setMs: number;
}

/** The host's side: its Session objects, what it stores of them, and what it must get back. */
export class HostSessions {
  readonly #random: Random;
  readonly #elapsedMs: () => number;
  #refusedMs = -1;
  #mayHaveGaps = false;
  readonly #latest = new Map<string, HostSession>();
  readonly #former = new Map<string, HostSession>();
  readonly #restored = new Map<string, jstp.Session>();
  readonly #versions: (SetVersion | undefined)[] = [undefined];

  constructor(random: Random, elapsedMs: () => number) {
    this.#random = random;
    this.#elapsedMs = elapsedMs;
  }

  /** An object to be set, which says which version it is. */
  next(id: string): { session: JstpSession; version: number } {
    const host = this.#pick(id);
    const version = this.#versions.length;
    const { session } = host;
    session.set('version', version);
    session.set('padding', 'x'.repeat(this.#random.below(100)));
    if (host.version !== undefined) host.version.messagesEnd = host.messages.length;
    host.version = {
      id,
      host,
      messagesAtSet: host.messages.length,
      messagesEnd: Number.POSITIVE_INFINITY,
      setMs: this.#elapsedMs(),
    };
    this.#versions.push(host.version);
    const latest = this.#latest.get(id);
    if (latest !== undefined && latest !== host) this.#former.set(id, latest);
    this.#latest.set(id, host);
    return { session, version };
  }

  /** Lets the host buffer a message for the object that was set last for the id, or for one before. */
  buffer(id: string, instant: number): boolean {
    const objects = this.#random.chance(0.9) ? this.#latest : this.#former;
    const host = objects.get(id);
    if (host === undefined) return false;
    const number = host.messages.push(instant);
    host.session._bufferMessage(-number, `message ${number}`);
    return true;
  }

  /** Messages were refused, whichever. That is said once for all of a turn, in which more may be set. */
  onMessagesRefused(): void {
    this.#refusedMs = this.#elapsedMs();
  }

  /** Checks what a `get` gave that was called at that instant. Tells its version. */
  check(id: string, session: JstpSession, calledAt: number): number {
    const number = Number(session.get('version'));
    const version = this.#versions[number];
    if (version === undefined || version.id !== id || session.id !== id) {
      throw new Violation(`get ${id}: expected a version of it, got ${number} of ${session.id}`);
    }
    const messages = [...session.buffer];
    const { host, messagesAtSet, messagesEnd, setMs } = version;
    const before = host.messages.filter((instant) => instant < calledAt).length;
    const owed = Math.max(messagesAtSet, Math.min(before, messagesEnd));
    const least = setMs <= this.#refusedMs ? messagesAtSet : owed;
    // A `set` of the same object that was refused may have left it to this version.
    const most = host.messages.length;
    const inOrder = messages.every(([id, text], i) => {
      const last = Number(messages[i - 1]?.[0] ?? 0);
      const follows = id === last + 1 || (this.#mayHaveGaps && Number(id) > last);
      return follows && text === `message ${id}`;
    });
    if (!inOrder || messages.length < least || messages.length > most) {
      throw new Violation(
        `get ${id}: expected ${least} to ${most} messages of version ${number}, got ${messages.map(([id]) => id)}`,
      );
    }
    this.#restored.set(id, session as jstp.Session);
    return number;
  }

  /** Sessions may be as they were before, without messages between those that they had and those to come. */
  onReverted(): void {
    this.onMessagesRefused();
    this.#mayHaveGaps = true;
  }

  #pick(id: string): HostSession {
    const kind = this.#random.weighted({ created: 6, latest: 1, restored: 2 });
    const latest = this.#latest.get(id);
    if (kind === 'latest' && latest !== undefined) return latest;
    const restored = this.#restored.get(id);
    if (kind === 'restored' && restored !== undefined) {
      this.#restored.delete(id);
      return {
        session: restored,
        messages: [...restored.buffer.keys()].map(() => 0),
        version: undefined,
      };
    }
    const session = new jstp.Session({ _closed: true }, 'user', id);
    return { session, messages: [], version: undefined };
  }
}
