import { setImmediate } from 'node:timers/promises';
import type jstp from '@metarhia/jstp';
import type { JstpSession, ShardedSessionStorageProvider } from '../../src/index.js';
import { host } from '../host.js';
import { formatCount } from '../table.js';
import { BATCH, type Case, type Group } from './case.js';
import { StringSessionStorageProvider } from './string-storage.js';
import { createTypicalSession } from './typical-session.js';

/** What is in flight is so many groups, each of which starts anew when all of it is acknowledged. */
const LANES_MAX = 10;
/** How many times what is in flight is replaced within one measured call. */
const ROUNDS = 10;
const STORED = ROUNDS * BATCH;

/** What the two providers on the server's own thread have in common. */
interface LocalProvider {
  get(id: string): unknown;
  set(id: string, session: jstp.Session): unknown;
  setInactive(id: string): void;
}

/** `get`, `set`, and the host's two calls for a closed connection, on sessions that are stored. */
export async function createProviderGroups(
  sharded: ShardedSessionStorageProvider,
): Promise<Group[]> {
  const sessions = Array.from({ length: STORED }, createTypicalSession);
  const asIs: LocalProvider = new host.SimpleSessionStorageProvider();
  const asText: LocalProvider = new StringSessionStorageProvider();
  for (const session of sessions) {
    asIs.set(session.id, session);
    asText.set(session.id, session);
  }
  // Others, because our provider puts a buffer of its own into each.
  const shardedSessions = Array.from({ length: STORED }, createTypicalSession);
  await Promise.all(shardedSessions.map((session) => sharded.set(session.id, session)));
  const locals = [
    { name: 'built-in, as it is', provider: asIs },
    { name: 'built-in, toString / fromString', provider: asText },
  ];
  const groups: [title: string, localAct: LocalAct, shardedAct: ShardedAct][] = [
    ['get', getLocally, getSharded],
    ['set', setLocally, setSharded],
    ['set + setInactive', setInactiveLocally, setInactiveSharded],
  ];
  return groups.map(([title, localAct, shardedAct]) => ({
    title,
    compared: true,
    cases: [
      ...locals.map(({ name, provider }) => localCase(name, sessions, localAct(provider))),
      shardedCase(sharded, shardedSessions, BATCH, shardedAct),
      shardedCase(sharded, shardedSessions, 1, shardedAct),
    ],
  }));
}

type LocalAct = (provider: LocalProvider) => (session: jstp.Session) => void;
type ShardedAct = (
  provider: ShardedSessionStorageProvider,
  sessions: readonly jstp.Session[],
) => Promise<unknown>;

const getLocally: LocalAct = (provider) => (session) => assertFound(provider.get(session.id));
const setLocally: LocalAct = (provider) => (session) => provider.set(session.id, session);
const setInactiveLocally: LocalAct = (provider) => (session) => {
  provider.set(session.id, session);
  provider.setInactive(session.id);
};

/** By callback, like the host. */
const getSharded: ShardedAct = (provider, sessions) =>
  new Promise<void>((resolve, reject) => {
    let open = sessions.length;
    const onSession = (session: JstpSession | undefined) => {
      if (session === undefined) reject(new Error('expected a stored session'));
      else if (--open === 0) resolve();
    };
    for (const { id } of sessions) provider.get(id, onSession);
  });
const setSharded: ShardedAct = (provider, sessions) =>
  Promise.all(sessions.map((session) => provider.set(session.id, session)));
const setInactiveSharded: ShardedAct = (provider, sessions) =>
  Promise.all(
    sessions.flatMap((session) => [
      provider.set(session.id, session),
      provider.setInactive(session.id),
    ]),
  );

function localCase(
  name: string,
  sessions: readonly jstp.Session[],
  act: (session: jstp.Session) => void,
): Case {
  const next = slicesOf(sessions, BATCH);
  return {
    name,
    operations: BATCH,
    run: () => {
      for (const session of next()) act(session);
    },
  };
}

function shardedCase(
  provider: ShardedSessionStorageProvider,
  sessions: readonly jstp.Session[],
  inFlight: number,
  act: ShardedAct,
): Case {
  const lanes = Math.min(inFlight, LANES_MAX);
  const operations = inFlight * ROUNDS;
  const nextSessions = slicesOf(sessions, operations);
  let slices: (readonly jstp.Session[])[] = [];
  return {
    name: `sharded, ${formatCount(inFlight)} in flight`,
    operations,
    prepare: () => {
      const next = nextSessions();
      // The host sets each session object once, and the provider has to do more for it then.
      for (const session of next) session.buffer = new Map(session.buffer);
      const nextSlice = slicesOf(next, inFlight / lanes);
      slices = Array.from({ length: lanes * ROUNDS }, nextSlice);
    },
    run: () => actInLanes(slices, lanes, (slice) => act(provider, slice)),
  };
}

/** Acts on all slices, on `lanes` of them at a time. */
async function actInLanes(
  slices: readonly (readonly jstp.Session[])[],
  lanes: number,
  act: (slice: readonly jstp.Session[]) => Promise<unknown>,
): Promise<void> {
  const rest = slices.values();
  const actOnRest = async (lane: number) => {
    // In one turn all lanes would go into one message, and each thread would wait for the other.
    for (let turn = 0; turn < lane; turn++) await setImmediate();
    for (const slice of rest) await act(slice);
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => actOnRest(lane)));
}

/** The next `size` at each call, round and round. */
function slicesOf(sessions: readonly jstp.Session[], size: number): () => readonly jstp.Session[] {
  let start = 0;
  return () => {
    const slice = sessions.slice(start, start + size);
    start = (start + size) % sessions.length;
    return slice;
  };
}

function assertFound(session: unknown): void {
  if (session === undefined) throw new Error('expected a stored session');
}
