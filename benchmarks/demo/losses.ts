/** One thing that went wrong for one client. */
export interface Loss {
  readonly kind:
    | 'sessions not restored'
    | 'sessions restored with other state'
    | 'sessions restored, then no answer'
    | 'clients without all their messages'
    | 'clients with a message more than once'
    | 'clients with messages out of order'
    | 'sessions restored past the provider'
    | 'errors that the provider reported';
  readonly detail: string;
}

/** `received` holds the numbers of the messages that came, in that order; 1 to `sent` are due. */
export function lossesAmongMessages(
  who: string,
  received: readonly number[],
  sent: number,
): Loss[] {
  const losses: Loss[] = [];
  const unique = new Set(received);
  const missing = Array.from({ length: sent }, (_, i) => i + 1).filter((n) => !unique.has(n));
  const repeated = received.length - unique.size;
  const inOrder = received.every((n, i) => i === 0 || n >= (received[i - 1] as number));
  if (missing.length > 0) {
    const detail = `${who}: no. ${missing.join(', ')} of ${sent}`;
    losses.push({ kind: 'clients without all their messages', detail });
  }
  if (repeated > 0) {
    const detail = `${who}: got ${received.join(', ')}`;
    losses.push({ kind: 'clients with a message more than once', detail });
  }
  if (!inOrder) {
    const detail = `${who}: got ${received.join(', ')}`;
    losses.push({ kind: 'clients with messages out of order', detail });
  }
  return losses;
}
