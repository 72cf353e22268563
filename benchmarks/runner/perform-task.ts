import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DISK_VARIABLE } from '../peers/disk-directory.js';
import type { Measured } from '../scenarios/scenario.js';
import type { Message, Task } from './messages.js';

const TASK_PROCESS = fileURLToPath(new URL('./task-process.js', import.meta.url));
/** A file system in memory, where Linux has one. */
const SHARED_MEMORY = '/dev/shm';
const STDERR_MAX = 4_096;
const END_MS_MAX = 5_000;
const MIB = 2 ** 20;
/** So much of the machine's memory may a main thread's heap have, for all stores alike. */
const HEAP_PER_MEMORY = 0.6;
const HEAP_BYTES_MAX = 2 ** 34;

export interface PerformOptions {
  readonly timeoutMs: number;
  /** Below it are the files of stores that are to be on a disk. Default: the system's temporary directory. */
  readonly disk?: string | undefined;
  readonly onProgress: (done: number, total: number) => void;
}

/** Performs the task in a process of its own. Rejects, saying why, if that fails, dies or hangs. */
export function performTask(
  task: Task,
  { timeoutMs, disk = tmpdir(), onProgress }: PerformOptions,
): Promise<Measured> {
  const directory = mkdtempSync(join(parentDirectory(), 'jstp-bench-'));
  const onDisk = mkdtempSync(join(disk, 'jstp-bench-'));
  const child = start(task, directory, onDisk);
  const cleanUp = () => {
    killGroup(child);
    for (const path of [directory, onDisk]) rmSync(path, { recursive: true, force: true });
  };
  process.on('exit', cleanUp);
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-STDERR_MAX);
  });
  const result = new Promise<Measured>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`hung: not done after ${timeoutMs / 1e3} s`));
      killGroup(child);
    }, timeoutMs);
    child.on('message', (message: Message) => {
      if (message.kind === 'progress') onProgress(message.done, message.total);
      else if (message.kind === 'measured') resolve(message.measured);
      else reject(new Error(message.reason));
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`died (${signal ?? `exit code ${code}`})${quoted(stderr)}`));
    });
  });
  return result.finally(async () => {
    await ended(child);
    cleanUp();
    process.off('exit', cleanUp);
  });
}

function start(task: Task, directory: string, onDisk: string): ChildProcess {
  const heapMib = Math.floor(Math.min(totalmem() * HEAP_PER_MEMORY, HEAP_BYTES_MAX) / MIB);
  return fork(TASK_PROCESS, [JSON.stringify(task)], {
    execArgv: ['--expose-gc', `--max-old-space-size=${heapMib}`],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      TMPDIR: directory,
      TEMP: directory,
      [DISK_VARIABLE]: onDisk,
    },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // A group of its own, so that a server that it has started can be stopped with it.
    detached: process.platform !== 'win32',
  });
}

/** For the files of stores that are not told where. */
function parentDirectory(): string {
  return existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir();
}

/** Waits a moment for it to end by itself, then makes sure. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => killGroup(child), END_MS_MAX);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The process and what it has started and left. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

function quoted(stderr: string): string {
  return stderr.trim() === '' ? '' : `: ${stderr.trim()}`;
}
