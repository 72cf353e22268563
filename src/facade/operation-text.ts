import assert from 'node:assert/strict';
import { type Batch, Op, placesIn } from '../protocol.js';
import { describeSessionId } from '../session-id-text.js';

/** What a batch of one operation asks for, for people. */
export function describeOperation(batch: Batch): string {
  const [place] = placesIn(batch);
  assert(place !== undefined, 'a batch has an operation');
  const name = Object.entries(Op).find(([, op]) => op === place.op)?.[0] ?? 'UNKNOWN';
  return place.id === undefined ? name : `${name} of session ${describeSessionId(place.id)}`;
}
