import { randomUUID } from 'node:crypto';
import type jstp from '@metarhia/jstp';
import { createSession } from '../measuring/typical.js';

export function createTypicalSession(): jstp.Session {
  return createSession(randomUUID(), 21_161);
}
