import { setImmediate } from 'node:timers/promises';
import { createSession, idOf, userIdOf } from '../measuring/typical.js';
import type { Peer } from '../peers/peer.js';

/** Set in one turn of the event loop, which is then free for others. */
const CHUNK = 250;
/** So many are under way, so that no side waits for the other. */
const CHUNKS_UNDER_WAY = 8;
const CHECKED = 1_000;

/**
 * Stores sessions number `first` to below `end`, and sets them inactive, or acts on them otherwise. They are
 * made for it, and kept by nobody else. Tells up to which number all are stored.
 */
export async function fill(
  peer: Peer,
  first: number,
  end: number,
  onStored: (end: number) => void,
  act: (session: number) => void = (session) => setAndLeave(peer, session),
): Promise<void> {
  const underWay: Promise<void>[] = [];
  for (let start = first; start < end; start += CHUNK) {
    const chunkEnd = Math.min(start + CHUNK, end);
    for (let session = start; session < chunkEnd; session++) act(session);
    underWay.push(peer.flush());
    if (underWay.length === CHUNKS_UNDER_WAY) await underWay.shift();
    await setImmediate();
    onStored(Math.max(first, chunkEnd - CHUNK * CHUNKS_UNDER_WAY));
  }
  await Promise.all(underWay);
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
