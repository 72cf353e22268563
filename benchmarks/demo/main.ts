import { createProgress } from '../progress.js';
import { type DemoOptions, HELP, readOptions, type StoreKind } from './options.js';
import { formatLosses, formatTable, lossesOf } from './report.js';
import { type RunResult, run } from './run.js';
import type { SubjectName } from './subjects.js';

/** The provider that JSTP brings along keeps its sessions in memory only. */
const SUBJECTS: Record<StoreKind, readonly SubjectName[]> = {
  memory: ['ShardedSessionStorageProvider', 'SimpleSessionStorageProvider'],
  journal: ['ShardedSessionStorageProvider'],
  redis: ['ShardedSessionStorageProvider'],
};

const NOTES: Record<StoreKind, string> = {
  memory: `Latency is that of a client, from connect to the restored session; stalls are the server's from the
first drop to the last return. With this few sessions both are mostly the work of JSTP itself and of
the clients on the same cores, and the built-in provider, a Map on the server's own thread, tends to
be ahead. ShardedSessionStorageProvider is for servers that hold millions, which this run is not.`,
  journal: `The server's process was killed with SIGKILL while all clients were away, once the provider had
acknowledged everything, and started again on the same directory. Start to serving includes the start
of Node.js and of JSTP; loading the journal is what the provider takes until it is ready.`,
  redis: `All clients left one server and came back to another, in a process of its own, with the same Redis.
Latency is that of a client, from connect to the restored session.`,
};

const PHASE_WIDTH = 12;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: DemoOptions | undefined;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${HELP}`);
    return 2;
  }
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  try {
    return await demonstrate(options);
  } catch (error) {
    console.error(`\nThe demo failed: ${messageOf(error)}`);
    return 1;
  }
}

async function demonstrate(options: DemoOptions): Promise<number> {
  const { clients, messages } = options;
  console.log(`${clients} JSTP clients on TCP, ${messages} messages for each while it is away`);
  const progress = createProgress(process.stdout, PHASE_WIDTH);
  const results: RunResult[] = [];
  for (const subject of SUBJECTS[options.store]) {
    console.log(`\n${subject}`);
    results.push(await run(subject, options, progress));
  }
  console.log(`\n${formatTable(results, options)}\n\n${NOTES[options.store]}\n`);
  return verdict(results);
}

function verdict(results: readonly RunResult[]): number {
  const withLosses = results.filter((result) => lossesOf(result).length > 0);
  for (const result of withLosses) console.error(`${formatLosses(result)}\n`);
  if (withLosses.length > 0) return 1;
  console.log('Nothing was lost: every session came back with equal state, and every message that');
  console.log('the server had for a client that was away arrived once and in order.');
  return 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
