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
 * session of a closed connection for a while and adds messages to its `buffer`; so `set` puts a
 * buffer in its place that tells. The session's own object is not kept here, nor anything else.
 */
export class LateMessageWatch {
  readonly #options: LateMessageWatchOptions;
  // Buffers with messages of this turn: one amendment each at its end.
  #changed: LateMessageBuffer[] = [];

  constructor(options: LateMessageWatchOptions) {
    this.#options = options;
  }

  /**
   * To be called when `value` was made of the session. While its connection is open there are no late
   * messages: the host will call `set` again when it closes.
   */
  watch(id: string, session: JstpSession, value: string): void {
    if (connectionState(session) === 'open') {
      stopWatching(session);
      return;
    }
    const stored: Stored = {
      id,
      valueHead: value.slice(0, HEAD_BYTES),
      bytes: value.length,
      amendments: 0,
      refusedAmendment: Number.POSITIVE_INFINITY,
    };
    if (session.buffer instanceof LateMessageBuffer && session.buffer.owner === this) {
      session.buffer.restart(stored);
    } else {
      session.buffer = new LateMessageBuffer(this, session, stored);
    }
  }

  /** Called by a buffer for its first message in a turn. */
  onChanged(buffer: LateMessageBuffer): void {
    if (this.#changed.length === 0) this.#options.clock.nextTurn(() => this.drain());
    this.#changed.push(buffer);
  }

  /** Sends what has been buffered so far, so that a flush comes after it. */
  drain(): void {
    if (this.#changed.length === 0) return;
    const changed = this.#changed;
    this.#changed = [];
    for (const buffer of changed) this.#send(buffer);
  }

  #send(buffer: LateMessageBuffer): void {
    const { codec, sessionBytesMax, report, send } = this.#options;
    const messages = buffer.takeUnsent();
    if (messages === undefined) return;
    const { id } = buffer.stored;
    try {
      const addition = codec.encodeLateMessages(id, messages);
      const bytes = buffer.stored.bytes + addition.length;
      if (bytes > sessionBytesMax) throw codec.tooLarge(id, bytes);
      buffer.stored.bytes = bytes;
      send(buffer.amendmentOf(addition, messages));
    } catch (error) {
      buffer.end(buffer.stored);
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

/** A session's buffer that tells of each message; in all else the Map that it takes the place of. */
class LateMessageBuffer extends Map<unknown, unknown> {
  readonly owner: LateMessageWatch;
  readonly session: JstpSession;
  stored: Stored;
  #unsent: unknown[] | undefined;

  constructor(owner: LateMessageWatch, session: JstpSession, stored: Stored) {
    super();
    this.owner = owner;
    this.session = session;
    this.stored = stored;
    for (const [id, message] of session.buffer) super.set(id, message);
  }

  override set(id: unknown, message: unknown): this {
    super.set(id, message);
    // The host revived the session by itself: it is live, and will be set again when it closes.
    if (connectionState(this.session) === 'open') stopWatching(this.session);
    else this.#note(id, message);
    return this;
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

  /** What is stored of the session ends here, unless it was set again since. */
  end(stored: Stored): void {
    if (this.stored === stored) stopWatching(this.session);
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

function stopWatching(session: JstpSession): void {
  if (session.buffer instanceof LateMessageBuffer) session.buffer = new Map(session.buffer);
}
