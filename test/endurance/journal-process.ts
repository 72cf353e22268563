import { setImmediate } from 'node:timers/promises';
import jstp from '@metarhia/jstp';
import { type FsyncPolicy, ShardedSessionStorageProvider } from '../../src/index.js';
import { type Change, type Expected, ExpectedState, readExpectedState } from './expected-state.js';

/**
 * A process that changes sessions in a journal until it is killed, and, when it is started again, checks that
 * all it was told is done is there, and nothing that it never asked for.
 */
const [directory = '', expectedPath = '', shards = '1', fsync = 'everysec'] = process.argv.slice(2);
const IDS = 400;
const CHANGES_PER_TURN = 20;
const PENDING_MAX = 400;
const FILLER_MAX = 2_000;

/** Of the change of each session that was asked for last. */
const versions = new Map<string, number>();
const provider = new ShardedSessionStorageProvider({
  shards: Number(shards),
  requestTimeout: 60_000,
  store: { kind: 'journal', directory, fsync: fsync as FsyncPolicy },
});
provider.on('error', (error) => fail(error.message));
await provider.ready;
const known = await check(readExpectedState(expectedPath));
const expected = new ExpectedState(expectedPath, known);
process.send?.({ checked: known.size });
await changeForEver();

/** What each session is, if it may be that. */
async function check(sessions: ReadonlyMap<string, Expected>): Promise<Map<string, Change>> {
  const found = new Map<string, Change>();
  const restored = await Promise.all([...sessions.keys()].map((id) => provider.get(id)));
  for (const [i, [id, { acknowledged, pending }]] of [...sessions].entries()) {
    const session = restored[i];
    const version = session?.get('version') as number | undefined;
    const possible = [acknowledged, ...pending];
    const change = possible.find((one) =>
      one.deleted ? version === undefined : one.version === version,
    );
    if (change === undefined) {
      fail(`${id}: expected one of ${JSON.stringify(possible)}, got version ${version}`);
    } else {
      if (session !== undefined && session.get('filler') !== fillerOf(id, change.version)) {
        fail(`${id}: version ${version} is not as it was`);
      }
      found.set(id, change);
      // Those go on behind all that were asked for.
      versions.set(id, pending.at(-1)?.version ?? acknowledged.version);
    }
  }
  return found;
}

async function changeForEver(): Promise<never> {
  let pending = 0;
  for (;;) {
    const changes: [string, Change][] = [];
    for (let i = 0; i < CHANGES_PER_TURN && pending + i < PENDING_MAX; i++)
      changes.push(nextChange());
    for (const [id, change] of changes) expected.change(id, change);
    expected.flush();
    for (const [id, change] of changes) {
      pending++;
      apply(id, change).then(
        () => {
          pending--;
          expected.acknowledge(id, change);
          expected.flush();
        },
        (error: Error) => fail(error.message),
      );
    }
    await setImmediate();
  }
}

function nextChange(): [string, Change] {
  const id = `session-${Math.floor(Math.random() * IDS)}`;
  const version = (versions.get(id) ?? 0) + 1;
  versions.set(id, version);
  return [id, { version, deleted: Math.random() < 0.1 }];
}

function apply(id: string, change: Change): Promise<unknown> {
  if (change.deleted) return provider.delete(id);
  const stored = provider.set(id, sessionOf(id, change));
  if (Math.random() < 0.5) void provider.setInactive(id);
  if (Math.random() < 0.2) void provider.get(id);
  return stored;
}

function sessionOf(id: string, { version }: Change): jstp.Session {
  const session = new jstp.Session(null, 'user', id);
  session.set('version', version);
  session.set('filler', fillerOf(id, version));
  return session;
}

function fillerOf(id: string, version: number): string {
  return `${id} ${version} `.repeat(((version * 7_919) % FILLER_MAX) / 10);
}

function fail(why: string): void {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}
