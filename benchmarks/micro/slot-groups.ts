import { randomUUID } from 'node:crypto';
import { createSeed, createSlotHash, SLOT_COUNT } from '../../src/slots.js';
import { BATCH, type Group } from './case.js';

/** From a session id, as the host makes them, to its slot. */
export function createSlotGroups(): Group[] {
  const hash = createSlotHash(createSeed());
  const ids = Array.from({ length: BATCH }, () => randomUUID());
  const run = () => {
    let sum = 0;
    for (const id of ids) sum += hash(id);
    if (sum >= SLOT_COUNT * BATCH) throw new Error('expected slots');
  };
  const cases = [{ name: 'hash of a uuid', operations: BATCH, run }];
  return [{ title: 'slots', cases, compared: false }];
}
