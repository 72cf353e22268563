import { isDeepStrictEqual } from 'node:util';
import type jstp from '@metarhia/jstp';

const FIRST_VISIT_MS = 1_700_000_000_000;

export function usernameOf(client: number): string {
  return `client-${client}`;
}

/** What the server keeps in the session of one client: types that a store has to bring back as such. */
export function stateOf(client: number): Map<string, unknown> {
  return new Map<string, unknown>([
    ['nickname', `guest ${client}, Привіт`],
    ['visits', client],
    ['balance', client / 3],
    ['since', new Date(FIRST_VISIT_MS + client)],
    [
      'cart',
      new Map<unknown, unknown>([
        [`item ${client}`, client % 7],
        ['added', new Date(FIRST_VISIT_MS)],
      ]),
    ],
    ['avatar', Uint8Array.from({ length: 64 }, (_, i) => (client + i) % 256)],
    // The fields of a Session have names that an application may use as well.
    ['buffer', { storage: [client], connection: 'mobile' }],
  ]);
}

/** The names of what is not as it was stored, `username` included; empty if all is. */
export function differencesIn(session: jstp.Session, client: number): string[] {
  const expected = stateOf(client);
  const keys = new Set([...expected.keys(), ...session.keys()].map(String));
  const differences = [...keys].filter(
    (key) => !isDeepStrictEqual(session.get(key), expected.get(key)),
  );
  return session.username === usernameOf(client) ? differences : ['username', ...differences];
}
