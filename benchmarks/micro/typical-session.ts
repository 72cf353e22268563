import { randomUUID } from 'node:crypto';
import type jstp from '@metarhia/jstp';
import { host } from '../host.js';

/** A session as applications have them: a few keys of state, and a message that is not confirmed. */
export function createTypicalSession(): jstp.Session {
  const session = new host.Session(null, 'marcus.aurelius', randomUUID());
  session.set('userId', 121_161);
  session.set('locale', 'uk-UA');
  session.set('roles', ['editor', 'moderator', 'author']);
  session.set('loggedInAt', new Date('2026-03-17T09:26:53.589Z'));
  session._bufferMessage(-1, "{event:[-1,'chat'],message:['room 7','Hello, are you there?']}");
  return session;
}
