import type { Clock } from '../clock.js';
import { SessionStorageError } from '../errors.js';
import { connectionState, type JstpSession } from '../jstp-session.js';
import { HEAD_BYTES, type LateMessages, type SessionCodec } from '../session-codec.js';
import type { ReportError } from './observed-promise.js';

/** Messages to be added to the stored session whose value starts with `valueHead`. */
export interface Amendment {
  readonly id: string;
  readonly valueHead: string;
  readonly addition: string;
  readonly messages: LateMessages;
  /** To be called if the shard has no room for it: without it later messages would leave a gap. */
  refuse(): void;
  /** Whether the shard has all messages before these; as far as it has answered. */
  continuesStored(): boolean;
}

export interface LateMessageWatchOptions {
  readonly clock: Clock;
  readonly codec: SessionCodec;
  readonly sessionBytesMax: number;
  readonly report: ReportError;
  readonly send: (amendment: Amendment) => void;
}

/**
 * Sends on what the host buffers for a session after it has handed it over. The host keeps the
 * session of a closed connection for a while and adds messages to its `buffer`; so `set` gives that Map
 * a method of its own for adding, which tells. The session is not kept here, nor anything else.
 */
export class LateMessageWatch {
  readonly #options: LateMessageWatchOptions;
  // Buffers with messages of this turn: one amendment each at its end.
  #changed: BufferWatch[] = [];

  constructor(options: LateMessageWatchOptions) {
    this.#options = options;
  }

  /**
   * To be called when `value` was made of the session. While its connection is open there are no late
   * messages: the host will call `set` again when it closes.
   */
  watch(id: string, session: JstpSession, value: string): void {
    if (connectionState(session) === 'open') {
      stopWatching(session.buffer);
      return;
    }
    const stored: Stored = {
      id,
      valueHead: value.slice(0, HEAD_BYTES),
      bytes: value.length,
      amendments: 0,
      refusedAmendment: Number.POSITIVE_INFINITY,
    };
    const buffer: WatchedBuffer = session.buffer;
    const watch = buffer[WATCH];
    if (watch?.owner === this && watch.session === session) {
      watch.restart(stored);
    } else {
      buffer[WATCH] = new BufferWatch(this, session, stored);
      buffer.set = setAndTell;
    }
  }

  /** Called for the first message of a buffer in a turn. */
  onChanged(watch: BufferWatch): void {
    if (this.#changed.length === 0) this.#options.clock.nextTurn(() => this.drain());
    this.#changed.push(watch);
  }

  /** Sends what has been buffered so far, so that a flush comes after it. */
  drain(): void {
    if (this.#changed.length === 0) return;
    const changed = this.#changed;
    this.#changed = [];
    for (const watch of changed) this.#send(watch);
  }

  #send(watch: BufferWatch): void {
    const { codec, sessionBytesMax, report, send } = this.#options;
    const messages = watch.takeUnsent();
    if (messages === undefined) return;
    const { id } = watch.stored;
    try {
      const addition = codec.encodeLateMessages(id, messages);
      const bytes = watch.stored.bytes + addition.length;
      if (bytes > sessionBytesMax) throw codec.tooLarge(id, bytes, watch.session);
      watch.stored.bytes = bytes;
      send(watch.amendmentOf(addition, messages));
    } catch (error) {
      watch.end(watch.stored);
      if (!(error instanceof SessionStorageError)) throw error;
      report(error);
    }
  }
}

/** What is stored of a session: where it is, how its value begins, how long it has become. */
interface Stored {
  readonly id: string;
  readonly valueHead: string;
  bytes: number;
  /** Amendments that were sent, and the first of them that was refused. */
  amendments: number;
  refusedAmendment: number;
}

const WATCH = Symbol('late messages');

/** A session's buffer; while it is watched, with these two properties of its own. */
interface WatchedBuffer extends Map<unknown, unknown> {
  [WATCH]?: BufferWatch;
}

function setAndTell(this: WatchedBuffer, id: unknown, message: unknown): WatchedBuffer {
  Map.prototype.set.call(this, id, message);
  this[WATCH]?.onMessage(id, message);
  return this;
}

function stopWatching(buffer: WatchedBuffer): void {
  if (buffer[WATCH] === undefined) return;
  delete buffer[WATCH];
  // The method of all Maps is back.
  Reflect.deleteProperty(buffer, 'set');
}

/** What has come into a session's buffer since it was stored. */
class BufferWatch {
  readonly owner: LateMessageWatch;
  readonly session: JstpSession;
  stored: Stored;
  #unsent: unknown[] | undefined;

  constructor(owner: LateMessageWatch, session: JstpSession, stored: Stored) {
    this.owner = owner;
    this.session = session;
    this.stored = stored;
  }

  onMessage(id: unknown, message: unknown): void {
    // The host revived the session by itself: it is live, and will be set again when it closes.
    if (connectionState(this.session) === 'open') stopWatching(this.session.buffer);
    else this.#note(id, message);
  }

  /** The session was set again, with all that is in this buffer. */
  restart(stored: Stored): void {
    this.stored = stored;
    this.#unsent = undefined;
  }

  amendmentOf(addition: string, messages: LateMessages): Amendment {
    const { stored } = this;
    const { id, valueHead } = stored;
    const number = stored.amendments++;
    return {
      id,
      valueHead,
      addition,
      messages,
      refuse: () => {
        stored.refusedAmendment = Math.min(stored.refusedAmendment, number);
        this.end(stored);
      },
      continuesStored: () => number <= stored.refusedAmendment,
    };
  }

  /** What is stored of the session ends here, unless it was set again since, here or elsewhere. */
  end(stored: Stored): void {
    const buffer: WatchedBuffer = this.session.buffer;
    if (this.stored === stored && buffer[WATCH] === this) stopWatching(buffer);
  }

  /** The messages since the last call. */
  takeUnsent(): LateMessages | undefined {
    const unsent = this.#unsent;
    this.#unsent = undefined;
    return unsent && [this.session.latestBufferedMessageId, ...unsent];
  }

  #note(id: unknown, message: unknown): void {
    if (this.#unsent === undefined) {
      this.#unsent = [];
      this.owner.onChanged(this);
    }
    this.#unsent.push(id, message);
  }
}
