import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import jstp from '@metarhia/jstp';
import { connectionState, isJstpSession, loadJstpSessionClass } from '../src/jstp-session.js';

test("host's Session: is one", () => {
  assert(isJstpSession(new jstp.Session(null, 'user', 'id')));
});

test('Session of another copy of the host: is one', () => {
  class OtherSession extends Map {
    readonly buffer = new Map();
  }
  assert(isJstpSession(new OtherSession()));
});

const NO_SESSIONS: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  text: 'session',
  Map: new Map(),
  'object with a buffer': { buffer: new Map() },
  'Map with a buffer that is no Map': Object.assign(new Map(), { buffer: [] }),
};

for (const [name, value] of Object.entries(NO_SESSIONS)) {
  test(`${name}: is no Session`, () => assert(!isJstpSession(value)));
}

const CONNECTION_STATES: [connection: unknown, state: string][] = [
  [{ _closed: false }, 'open'],
  [{ _closed: true }, 'closed'],
  [null, 'none'],
  [undefined, 'none'],
  ['text', 'none'],
  [{}, 'none'],
];

for (const [connection, state] of CONNECTION_STATES) {
  test(`connection ${JSON.stringify(connection)}: is ${state}`, () => {
    assert.equal(connectionState(new jstp.Session(connection, 'user', 'id')), state);
  });
}

test("host's Session class: is loaded where the host is installed", () => {
  assert.equal(loadJstpSessionClass(), jstp.Session);
});

test("host's Session class: is asked for where the host is not installed", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'jstp-session-'));
  try {
    await cp(new URL('../src', import.meta.url), directory, { recursive: true });
    await cp(new URL('../../package.json', import.meta.url), join(directory, 'package.json'));
    const { loadJstpSessionClass } = await import(
      String(pathToFileURL(join(directory, 'jstp-session.js')))
    );
    assert.throws(loadJstpSessionClass, {
      code: 'ERR_INVALID_OPTION',
      message: /Session: expected .* @metarhia\/jstp cannot be loaded \(Cannot find module/,
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});
