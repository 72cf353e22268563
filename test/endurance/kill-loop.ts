import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROCESS = fileURLToPath(new URL('./journal-process.js', import.meta.url));
const FSYNC_POLICIES = ['always', 'everysec', 'never'];
const SHARDS = [1, 2, 7];
/** Of these starts one has another number of shards than the one before. */
const STARTS_PER_MOVE = 4;
const LIFE_MS_MAX = 200;

/** How many sessions were checked after all starts. */
export interface KillLoopResult {
  readonly kills: number;
  readonly killedWhileStarting: number;
  readonly checked: number;
}

/**
 * Kills a process with a journal again and again, anywhere, and starts it again. Rejects when one finds that
 * something it was told is done is not there, or cannot start.
 */
export async function runKillLoop(kills: number): Promise<KillLoopResult> {
  const root = mkdtempSync(join(tmpdir(), 'jstp-kill-loop-'));
  let shards = 1;
  let checked = 0;
  let killedWhileStarting = 0;
  for (let kill = 0; kill <= kills; kill++) {
    if (kill % STARTS_PER_MOVE === 0) shards = pick(SHARDS);
    const files = [join(root, 'journal'), join(root, 'expected')];
    const child = fork(PROCESS, [...files, `${shards}`, pick(FSYNC_POLICIES)], { stdio: 'pipe' });
    const heard = hear(child);
    // One in four is killed before it serves, perhaps in the midst of a move; but the last is to check all.
    if (kill < kills && Math.random() < 0.25) await setTimeout(Math.random() * LIFE_MS_MAX);
    else checked += await heard.checked;
    await setTimeout(Math.random() * LIFE_MS_MAX);
    child.kill('SIGKILL');
    const { served, code, errors } = await heard.ended;
    if (code !== null) throw new Error(`start ${kill} in ${root}: exit code ${code}: ${errors}`);
    if (!served) killedWhileStarting++;
  }
  rmSync(root, { recursive: true });
  return { kills, killedWhileStarting, checked };
}

interface Ended {
  readonly served: boolean;
  /** `null`: it was killed. */
  readonly code: number | null;
  readonly errors: string;
}

function hear(child: ChildProcess): { checked: Promise<number>; ended: Promise<Ended> } {
  let errors = '';
  let served = false;
  child.stderr?.on('data', (text) => {
    errors += text;
  });
  const exit = once(child, 'exit');
  const closed = once(child, 'close');
  const message = once(child, 'message').then(([{ checked }]) => {
    served = true;
    return checked as number;
  });
  const ended = exit.then(async ([code]) => {
    await closed;
    return { served, code: code as number | null, errors };
  });
  return { checked: Promise.race([message, ended.then(() => 0)]), ended };
}

function pick<T>(values: readonly [T, ...T[]] | readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T;
}
