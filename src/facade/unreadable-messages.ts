import { messageOf, SessionStorageError } from '../errors.js';
import type { JstpSession, ParseMessage } from '../jstp-session.js';
import { describeSessionId } from '../session-id-text.js';

const BACKSLASH = 0x5c;
const QUOTE = 0x27;
const CAPITAL_I = 0x49;
const CAPITAL_N = 0x4e;

/**
 * Removes from a session what no client can read, and says so; `undefined` if there is nothing of the kind.
 *
 * The host's serializer writes NaN and Infinity as such, and its parser refuses them. The host sends such a message
 * again at each restore: its client ends the connection and comes back, for ever; and a server that is not in
 * production parses what it sends again, and ends. Parsing each message takes 30 ns for a character, so the parser
 * is asked only about messages in which such a number is written.
 */
export function removeUnreadableMessages(
  id: string,
  { buffer }: JstpSession,
  parse: ParseMessage,
): SessionStorageError | undefined {
  if (!someMayBeUnreadable(buffer)) return undefined;
  let removed = 0;
  let first: unknown;
  for (const [messageId, message] of buffer) {
    if (typeof message !== 'string' || !hasNonFiniteNumber(message)) continue;
    try {
      parse(message);
    } catch (error) {
      buffer.delete(messageId);
      if (removed++ === 0) first = error;
    }
  }
  if (removed === 0) return undefined;
  return new SessionStorageError(
    'ERR_MESSAGE_UNREADABLE',
    `session ${describeSessionId(id)}: expected buffered messages that the host's parser can read, got ${removed} that it refuses (${messageOf(first)}); they are left out. Send no NaN and no Infinity`,
    { cause: first },
  );
}

/** All that nearly every session costs. */
function someMayBeUnreadable(buffer: Map<unknown, unknown>): boolean {
  for (const message of buffer.values()) {
    if (typeof message === 'string' && hasSuchWord(message)) return true;
  }
  return false;
}

function hasSuchWord(message: string): boolean {
  return message.includes('NaN') || message.includes('Infinity');
}

/** Whether such a number is written in it, and not as part of a text. */
export function hasNonFiniteNumber(message: string): boolean {
  if (!hasSuchWord(message)) return false;
  let isText = false;
  for (let at = 0; at < message.length; at++) {
    const code = message.charCodeAt(at);
    if (isText && code === BACKSLASH) at++;
    else if (code === QUOTE) isText = !isText;
    else if (!isText && code === CAPITAL_N && message.startsWith('NaN', at)) return true;
    else if (!isText && code === CAPITAL_I && message.startsWith('Infinity', at)) return true;
  }
  return false;
}
