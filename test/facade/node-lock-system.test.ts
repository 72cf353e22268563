import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lockDirectory } from '../../src/facade/directory-lock.js';
import { createNodeLockSystem, parseStat } from '../../src/facade/node-lock-system.js';
import { ManualClock } from '../twins/manual-clock.js';

const LOCK_PROCESS = fileURLToPath(new URL('../fixtures/lock-process.js', import.meta.url));
/** More than any process has. */
const NO_PID = 2 ** 30;

const HAS_PROC = existsSync('/proc/self/fd');

const system = createNodeLockSystem();
let directory = '';
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'jstp-sharded-sessions-lock-'));
});
after(() => rm(directory, { recursive: true, force: true }));

function lock() {
  return lockDirectory({ system, clock: new ManualClock(), directory, onError: assert.ifError });
}

/** Without the directory that its holder has. */
function namesIn(path: string): string[] {
  return readdirSync(path).filter((name) => !name.startsWith('holder-'));
}

function isLockedBy(pid: number | undefined, who: string) {
  return ({ code, message }: { code?: string; message: string }) => {
    assert.equal(code, 'ERR_JOURNAL_LOCKED', message);
    assert.match(message, new RegExp(`${directory}: ${who} .* pid ${pid} on host ${system.host}`));
    return true;
  };
}

describe('lockDirectory on real files', () => {
  it('held by a process that runs: refused; that process is killed: taken over', async () => {
    const child = fork(LOCK_PROCESS, [directory], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    assert.throws(lock, isLockedBy(child.pid, 'a running process'));
    assert.deepEqual(namesIn(directory), ['lock']);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    assert.deepEqual(namesIn(directory), ['lock'], 'it was left over');
    lock().release();
    assert.deepEqual(readdirSync(directory), []);
  });

  it('held by this process: refused until it is released; only the owner may read the file', () => {
    const held = lock();
    assert.throws(lock, isLockedBy(process.pid, 'another provider of this process'));
    assert.equal(statSync(join(directory, 'lock')).mode & 0o777, 0o600);
    held.release();
    lock().release();
  });

  it('directory that does not exist: ERR_JOURNAL_UNAVAILABLE with path, code and cause', () => {
    const missing = join(directory, 'missing');
    const options = { system, clock: new ManualClock(), onError: assert.ifError };
    assert.throws(
      () => lockDirectory({ ...options, directory: missing }),
      ({ code, message, cause }: { code?: string; message: string; cause: { code: string } }) => {
        assert.deepEqual([code, cause.code], ['ERR_JOURNAL_UNAVAILABLE', 'ENOENT']);
        assert(message.includes(missing) && message.includes('ENOENT'), message);
        return true;
      },
    );
  });
});

describe('createNodeLockSystem', () => {
  it('link: the name is given once; read, rename and remove of what is not there', () => {
    const [one, other] = [join(directory, 'one'), join(directory, 'other')];
    system.closeFile(system.create(one, () => 'text') as number);
    assert.deepEqual([system.link(one, other), system.link(one, other)], [true, false]);
    assert.equal(system.read(other)?.text, 'text');
    assert.throws(() => system.create(one, () => 'again'), { code: 'EEXIST' });
    assert.deepEqual(
      [system.rename(one, one), system.rename(`${one}-missing`, one)],
      [true, false],
    );
    for (const path of [one, other, other]) system.remove(path);
    assert.equal(system.read(other), undefined);
  });

  it('isOpen: only the descriptor of that very file, as long as it is open', {
    skip: !HAS_PROC,
  }, () => {
    const [path, copy] = [join(directory, 'open'), join(directory, 'copy')];
    let text = '';
    const descriptor = system.create(path, (kept) => {
      text = `descriptor ${kept}`;
      return text;
    }) as number;
    assert.equal(text, `descriptor ${descriptor}`);
    copyFileSync(path, copy);
    const isOpen = (file: string) =>
      system.isOpen(process.pid, descriptor, system.read(file)?.identity ?? '');
    assert.deepEqual([isOpen(path), isOpen(copy)], [true, false]);
    system.closeFile(descriptor);
    assert.equal(isOpen(path), false);
    assert.equal(system.isOpen(NO_PID, 0, ''), undefined);
    for (const each of [path, copy]) system.remove(each);
  });

  it('processes: this one runs and has the same start time each time, others are not there', () => {
    assert.deepEqual(system.processOf(process.pid), system.processOf(process.pid));
    assert.notEqual(system.processOf(process.pid), undefined);
    assert.equal(system.processOf(NO_PID), undefined);
  });

  it('two copies of the package share the tokens of the process', () => {
    assert.equal(createNodeLockSystem().ownTokens, system.ownTokens);
    assert.notEqual(system.createToken(), system.createToken());
  });
});

test('parseStat: a name with brackets and blanks, a process that has ended, no start time', () => {
  const fields = Array.from({ length: 18 }, (_, i) => i + 4).join(' ');
  assert.deepEqual(parseStat(`12 (node) S ${fields} 4711 23 24`), { startTime: 4711 });
  assert.deepEqual(parseStat(`12 (a) Z 1 (b) R ${fields} 4711 23 24`), { startTime: 4711 });
  assert.equal(parseStat(`12 (node) Z ${fields} 4711 23 24`), undefined);
  assert.equal(parseStat(`12 (node) X ${fields} 4711 23 24`), undefined);
  for (const stat of ['', '12 (node) S 4 5', 'nonsense'])
    assert.deepEqual(parseStat(stat), { startTime: undefined });
});
