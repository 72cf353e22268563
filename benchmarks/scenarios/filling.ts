import { setImmediate } from 'node:timers/promises';
import { createSession, idOf, userIdOf } from '../measuring/typical.js';
import type { Peer } from '../peers/peer.js';

/** Set in one turn of the event loop. Two such chunks are under way, so that no side waits. */
const CHUNK = 1_000;
const CHECKED = 1_000;

/**
 * Stores sessions number `first` to below `end`, and sets them inactive. They are made for it, and kept by
 * nobody else.
 */
export async function fill(
  peer: Peer,
  first: number,
  end: number,
  onStored: (end: number) => void,
  act: (session: number) => void = (session) => setAndLeave(peer, session),
): Promise<void> {
  let stored = Promise.resolve();
  for (let start = first; start < end; start += CHUNK) {
    const chunkEnd = Math.min(start + CHUNK, end);
    for (let session = start; session < chunkEnd; session++) act(session);
    const storedBefore = stored;
    stored = peer.flush();
    await storedBefore;
    await setImmediate();
    onStored(start);
  }
  await stored;
  onStored(end);
}

function setAndLeave(peer: Peer, session: number): void {
  const id = idOf(session);
  peer.set(id, createSession(id, session));
  peer.setInactive(id);
}

/** Throws unless so many sessions are stored, and those that are looked at are as they were made. */
export async function assertStored(peer: Peer, sessions: number): Promise<void> {
  await peer.flush();
  const size = await peer.size();
  if (size !== sessions) throw new Error(`expected ${sessions} stored sessions, got ${size}`);
  const step = Math.ceil(sessions / CHECKED);
  for (let session = 0; session < sessions; session += step) await assertRestored(peer, session);
}

function assertRestored(peer: Peer, session: number): Promise<void> {
  const id = idOf(session);
  return new Promise((resolve, reject) => {
    peer.get(id, (restored) => {
      const found = restored && [restored.id, restored.get('userId'), restored.buffer.size];
      const expected = [id, userIdOf(session), 1];
      if (String(found) === String(expected)) resolve();
      else reject(new Error(`session ${session}: expected ${expected}, got ${found}`));
    });
  });
}
