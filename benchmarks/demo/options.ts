import { parseArgs } from 'node:util';

/** Where `ShardedSessionStorageProvider` keeps the sessions. */
const STORES = ['memory', 'journal', 'redis'] as const;

export type StoreKind = (typeof STORES)[number];

export interface DemoOptions {
  readonly store: StoreKind;
  readonly clients: number;
  readonly messages: number;
}

export const HELP = `Usage: npm run demo -- [options]

Starts a JSTP server on a local TCP port, lets clients log in, drop their connections and come back
with their sessions, and says what was lost. First with ShardedSessionStorageProvider, then with the
SimpleSessionStorageProvider that JSTP brings along.

  --store KIND   memory (default)
                 journal: ShardedSessionStorageProvider alone keeps its sessions in files, and while all
                 clients are away the server's process is killed and started again
                 redis: it keeps them in a Redis of its own, and the clients come back to another server
                 (needs redis-server; Debian: apt-get install redis-server)
  --clients N    JSTP clients, 1 to 20000 (default 2000)
  --messages N   messages that the server has for each client that is away, 1 to 1000 (default 6)
  --help         this text

Exit code: 0 if nothing was lost in any run, 1 if something was or a run failed, 2 for a bad option.
`;

/** `undefined` when the user asked for help. Throws for a bad flag, saying what was expected. */
export function readOptions(args: readonly string[]): DemoOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: 'string', default: 'memory' },
      clients: { type: 'string', default: '2000' },
      messages: { type: 'string', default: '6' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    store: storeKind(values.store),
    clients: wholeNumber('--clients', values.clients, 20_000),
    messages: wholeNumber('--messages', values.messages, 1_000),
  };
}

function storeKind(text: string): StoreKind {
  const kind = STORES.find((one) => one === text);
  if (kind !== undefined) return kind;
  throw new RangeError(`--store: expected one of ${STORES.join(', ')}, got "${text}"`);
}

function wholeNumber(flag: string, text: string, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= max) return value;
  throw new RangeError(`${flag}: expected a whole number from 1 to ${max}, got "${text}"`);
}
