import { createHash } from 'node:crypto';
import { TOUCH_AGE_MS_MAX } from '../shard/journal/touch-lock.js';
import type { LockFile, LockSystem } from './lock-system.js';

const TOKEN = /^[0-9a-f]{32}$/;

/** Says in a lock's file who has it. What the system did not tell is left out. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  readonly startTime?: number;
  readonly bootId?: string;
  readonly pidNamespace?: string;
  /** Of the lock's file. The holder keeps it open as long as it has the lock. */
  readonly descriptor?: number;
  /** Never twice the same. */
  readonly token: string;
}

/** What is known of the holder of a lock. */
export type HolderState =
  /** It may be there, for this reason. */
  | { readonly isHeld: true; readonly why: string }
  /** It is not there. `isProven`: its process has ended; else it may be there after all, stopped for a while. */
  | { readonly isHeld: false; readonly isProven: boolean };

const ENDED: HolderState = { isHeld: false, isProven: true };
const STALE: HolderState = { isHeld: false, isProven: false };

export function describeSelf(
  system: LockSystem,
  token: string,
  descriptor: number | undefined,
): string {
  const { host, pid, bootId, pidNamespace } = system;
  const startTime = system.processOf(pid)?.startTime;
  return JSON.stringify({ host, pid, startTime, bootId, pidNamespace, descriptor, token });
}

/** `undefined` if the text is none: the power was cut, or it is being written. */
export function parseHolder(text: string): LockHolder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { host, pid, token, ...rest } = value as Record<string, unknown>;
  const { startTime, bootId, pidNamespace, descriptor } = rest;
  if (typeof host !== 'string' || typeof token !== 'string' || !TOKEN.test(token)) return undefined;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined;
  return {
    host,
    pid,
    ...(typeof startTime === 'number' && { startTime }),
    ...(typeof bootId === 'string' && { bootId }),
    ...(typeof pidNamespace === 'string' && { pidNamespace }),
    ...(Number.isSafeInteger(descriptor) && { descriptor: descriptor as number }),
    token,
  };
}

/** 32 hexadecimal digits that tell this file from all others that ever had its name. */
export function identityOf({ text, modifiedMs }: LockFile): string {
  const holder = parseHolder(text);
  if (holder !== undefined) return holder.token;
  return createHash('sha256').update(`${modifiedMs} ${text}`).digest('hex').slice(0, 32);
}

/** Says who has a lock. `nowMs` is that of the file system. */
export function holderState(system: LockSystem, file: LockFile, nowMs: number): HolderState {
  const ageMs = nowMs - file.modifiedMs;
  const holder = parseHolder(file.text);
  if (holder === undefined) return unlessStale(ageMs, whyBeingWritten());
  const { host, pid } = holder;
  // The machine was started anew, or another one has the same host name.
  if (host === system.host && differ(holder.bootId, system.bootId)) return STALE;
  if (host !== system.host || differ(holder.pidNamespace, system.pidNamespace)) {
    return unlessStale(ageMs, whyTouched(host, pid, ageMs, 'cannot be looked up from here'));
  }
  return stateOfProcess(system, file, holder, ageMs);
}

function stateOfProcess(
  system: LockSystem,
  { identity }: LockFile,
  { host, pid, startTime, descriptor, token }: LockHolder,
  ageMs: number,
): HolderState {
  const running = system.processOf(pid);
  if (running === undefined) return ENDED;
  const isStartKnown = startTime !== undefined && running.startTime !== undefined;
  if (isStartKnown && startTime !== running.startTime) return ENDED;
  const who = pid === system.pid ? 'another provider of this process' : 'a running process';
  const held: HolderState = { isHeld: true, why: `${who} has it, pid ${pid} on host ${host}` };
  // Its thread has ended without close(), or this is a copy of the lock of another directory.
  const isOpen = descriptor === undefined ? undefined : system.isOpen(pid, descriptor, identity);
  if (isOpen !== undefined) return isOpen ? held : STALE;
  if (isStartKnown || (pid === system.pid && system.ownTokens.has(token))) return held;
  return unlessStale(ageMs, whyTouched(host, pid, ageMs, 'may be another process by now'));
}

function unlessStale(ageMs: number, why: string): HolderState {
  return ageMs > TOUCH_AGE_MS_MAX ? STALE : { isHeld: true, why };
}

function whyBeingWritten(): string {
  return `its file lock does not say by whom, and was written less than ${TOUCH_AGE_MS_MAX} ms ago`;
}

function whyTouched(host: string, pid: number, ageMs: number, doubt: string): string {
  return (
    `pid ${pid} on host ${host} has it, which ${doubt}, and refreshed it ` +
    `${Math.max(0, Math.round(ageMs))} ms ago; it counts as ended ${TOUCH_AGE_MS_MAX} ms after it did so last`
  );
}

/** What is not known differs from nothing. */
function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}
