import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import jstp from '@metarhia/jstp';
import { SessionStorageError } from '../src/errors.js';
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

/** What `require` gives in a project whose `node_modules/@metarhia/jstp` is the code, or which has none. */
async function requireOfProject(host: string | undefined): Promise<NodeJS.Require> {
  const folder = await mkdtemp(join(tmpdir(), 'jstp-session-'));
  after(() => rm(folder, { recursive: true }));
  const module = join(folder, 'node_modules', '@metarhia', 'jstp');
  await mkdir(module, { recursive: true });
  if (host !== undefined) await writeFile(join(module, 'index.js'), host);
  return createRequire(join(folder, 'index.js'));
}

const REMEDY = 'npm install @metarhia/jstp@2, or pass the class as the option Session';
const UNUSABLE_HOSTS: [string, string | undefined, string][] = [
  ['not installed', undefined, 'cannot be loaded (Cannot find module'],
  [
    'without one of its own dependencies',
    "require('no-such-module')",
    "(Cannot find module 'no-such-module')",
  ],
  ['one that throws', "throw new Error('no addon')", 'cannot be loaded (no addon)'],
  ['without a Session', 'module.exports = {}', 'got undefined as Session in '],
  ['no object', "module.exports = 'host'", 'got undefined as Session in '],
  ['one whose Session is no class', 'exports.Session = {}', 'got an object as Session in '],
  ['one whose Session is no Map', 'exports.Session = class {}', 'got a function as Session in '],
];

for (const [name, host, came] of UNUSABLE_HOSTS) {
  test(`host's Session class, the host is ${name}: the error says what came and what to do`, async () => {
    const require = await requireOfProject(host);
    assert.throws(
      () => loadJstpSessionClass(require),
      (error) => {
        assert(error instanceof SessionStorageError);
        assert.equal(error.code, 'ERR_INVALID_OPTION');
        assert.match(error.message, /Session: expected the host's Session class, got/);
        assert(error.message.includes(came), error.message);
        assert(error.message.endsWith(REMEDY), error.message);
        return true;
      },
    );
  });
}
