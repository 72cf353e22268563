import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { readBootId } from '../shard/journal/boot-id.js';
import type { LockSystem, RunningProcess } from './lock-system.js';

const FILE_MODE = 0o600;
const TOKEN_BYTES = 16;
const OWN_TOKENS = Symbol.for('jstp-sharded-sessions.lockTokens');
/** What file systems without hard links say. */
const NO_LINKS = new Set<unknown>(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

export function createNodeLockSystem(): LockSystem {
  return {
    host: hostname(),
    pid: process.pid,
    bootId: bootIdText(),
    pidNamespace: readPidNamespace(),
    ownTokens: ownTokens(),
    processOf,
    createToken: () => randomBytes(TOKEN_BYTES).toString('hex'),
    write: (path, text) => {
      withFile(path, 'wx', (descriptor) => {
        writeFileSync(descriptor, text);
        fsyncSync(descriptor);
      });
    },
    // One file is opened, so that text and time are not those of two.
    read: (path) =>
      unlessCode('ENOENT', undefined, () =>
        withFile(path, 'r', (descriptor) => ({
          text: readFileSync(descriptor, 'utf8'),
          modifiedMs: fstatSync(descriptor).mtimeMs,
        })),
      ),
    link,
    rename: (from, to) =>
      unlessCode('ENOENT', false, () => {
        renameSync(from, to);
        return true;
      }),
    remove: (path) => rmSync(path, { force: true }),
    list: (directory) => readdirSync(directory),
    touch,
  };
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
    try {
      linkSync(from, to);
    } catch (error) {
      if (!NO_LINKS.has(codeOf(error))) throw error;
      copyFileSync(from, to, constants.COPYFILE_EXCL);
    }
    return true;
  });
}

/**
 * Writes the same again, and so the time comes from the file system, which those who look at it ask too. It
 * is the file that was read which is written, even if another has taken its name since. Without waiting, as
 * a disk at work may take long.
 */
async function touch(path: string, text: string): Promise<boolean> {
  const file = await open(path, 'r+').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return false;
  try {
    if ((await file.readFile('utf8')) !== text) return false;
    await file.write(text, 0);
    return true;
  } finally {
    await file.close();
  }
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

function withFile<Result>(
  path: string,
  flags: string,
  use: (descriptor: number) => Result,
): Result {
  const descriptor = openSync(path, flags, FILE_MODE);
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
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
