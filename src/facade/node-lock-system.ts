import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { tryToLink } from '../node-disk.js';
import { readBootId } from '../shard/journal/boot-id.js';
import { touchLock } from '../shard/journal/touch-lock.js';
import type { LockFile, LockSystem, RunningProcess } from './lock-system.js';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const TOKEN_BYTES = 16;
const OWN_TOKENS = Symbol.for('jstp-sharded-sessions.lockTokens');
/** A sync that is refused, and not one that has failed: by Node's permission model, or by the file system. */
const NO_SYNC = new Set<unknown>([
  'EPERM',
  'EACCES',
  'EINVAL',
  'ENOSYS',
  'ENOTSUP',
  'ERR_ACCESS_DENIED',
]);

export function createNodeLockSystem(): LockSystem {
  return {
    host: hostname(),
    pid: process.pid,
    bootId: bootIdText(),
    pidNamespace: readPidNamespace(),
    ownTokens: ownTokens(),
    processOf,
    isOpen,
    createToken: () => randomBytes(TOKEN_BYTES).toString('hex'),
    create,
    closeFile: (descriptor) => closeSync(descriptor),
    makeDirectory: (path) => {
      mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
    },
    read,
    link,
    rename: (from, to) =>
      unlessCode('ENOENT', false, () => {
        renameSync(from, to);
        return true;
      }),
    exists: (path) => existsSync(path),
    remove: (path) => rmSync(path, { recursive: true, force: true }),
    list: (directory) => readdirSync(directory),
    touch: touchLock,
  };
}

/** Without hard links the lock is a copy of the draft, and a descriptor of the draft says nothing of it. */
function create(
  path: string,
  textFor: (descriptor: number | undefined) => string,
): number | undefined {
  const descriptor = openSync(path, 'wx', FILE_MODE);
  let isKept = false;
  try {
    isKept = isOpenHere(descriptor) && canLink(path);
    writeFileSync(descriptor, textFor(isKept ? descriptor : undefined));
    syncIfAllowed(descriptor);
  } catch (error) {
    isKept = false;
    throw error;
  } finally {
    if (!isKept) closeSync(descriptor);
  }
  return isKept ? descriptor : undefined;
}

/** Node's permission model refuses it, whatever else is allowed. A lock that a power cut takes away was nobody's. */
function syncIfAllowed(descriptor: number): void {
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (!NO_SYNC.has(codeOf(error))) throw error;
  }
}

/** Whether this process can be asked for what it has open, as others will ask. */
function isOpenHere(descriptor: number): boolean {
  return isOpen(process.pid, descriptor, identityOf(descriptor)) === true;
}

function canLink(path: string): boolean {
  const probe = `${path}.probe`;
  if (!tryToLink(path, probe)) return false;
  rmSync(probe);
  return true;
}

function isOpen(pid: number, descriptor: number, identity: string): boolean | undefined {
  const directory = `/proc/${pid}/fd`;
  try {
    const { dev, ino } = statSync(`${directory}/${descriptor}`, { bigint: true });
    return `${dev}:${ino}` === identity;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return undefined;
  }
  // Another system has no such directory at all.
  return existsSync(directory) ? false : undefined;
}

function identityOf(descriptor: number): string {
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return `${dev}:${ino}`;
}

/** One file is opened, so that text and time are not those of two. */
function read(path: string): LockFile | undefined {
  return unlessCode('ENOENT', undefined, () => {
    const descriptor = openSync(path, 'r');
    try {
      const { mtimeMs: modifiedMs } = fstatSync(descriptor);
      const text = readFileSync(descriptor, 'utf8');
      return { text, modifiedMs, identity: identityOf(descriptor) };
    } finally {
      closeSync(descriptor);
    }
  });
}

/** Field 22 of `/proc/<pid>/stat`, or whether a signal could be sent. */
function processOf(pid: number): RunningProcess | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    // Another system, one that hides the processes of others, or it has ended.
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return undefined;
  }
  return { startTime: undefined };
}

/** The second field is the name of the program in brackets, which may have brackets and blanks in it. */
export function parseStat(stat: string): RunningProcess | undefined {
  const [, state, rest = ''] = /^.*\) (\S) (.*)/s.exec(stat) ?? [];
  // It has ended, and nobody has waited for it yet.
  if (state === 'Z' || state === 'X') return undefined;
  const startTime = Number.parseInt(rest.split(' ')[18] ?? '', 10);
  return { startTime: Number.isNaN(startTime) ? undefined : startTime };
}

/** A copy is not whole at once, but as well the only one that gets the name. */
function link(from: string, to: string): boolean {
  return unlessCode('EEXIST', false, () => {
    if (!tryToLink(from, to)) copyFileSync(from, to, constants.COPYFILE_EXCL);
    return true;
  });
}

function bootIdText(): string | undefined {
  const id = readBootId();
  return id.some((byte) => byte !== 0) ? id.toString('hex') : undefined;
}

function readPidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    // Another system.
    return undefined;
  }
}

function ownTokens(): Set<string> {
  const shared = globalThis as { [OWN_TOKENS]?: Set<string> };
  shared[OWN_TOKENS] ??= new Set();
  return shared[OWN_TOKENS];
}

function unlessCode<Result, Instead>(code: string, instead: Instead, act: () => Result) {
  try {
    return act();
  } catch (error) {
    if (codeOf(error) === code) return instead;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}
