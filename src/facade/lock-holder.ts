import { createHash } from 'node:crypto';
import type { LockFile, LockSystem } from './lock-system.js';

/** How often a holder shows that it is there, for those who cannot look its process up. */
export const TOUCH_INTERVAL_MS = 2_000;
/** Who was not there for so long is not there any more. */
export const TOUCH_AGE_MS_MAX = 10_000;

const TOKEN = /^[0-9a-f]{32}$/;

/** Says in a lock's file who has it. What the system did not tell is left out. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  readonly startTime?: number;
  readonly bootId?: string;
  readonly pidNamespace?: string;
  /** Never twice the same. */
  readonly token: string;
}

export function describeSelf(system: LockSystem, token: string): string {
  const { host, pid, bootId, pidNamespace } = system;
  const startTime = system.processOf(pid)?.startTime;
  return JSON.stringify({ host, pid, startTime, bootId, pidNamespace, token });
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
  const { host, pid, startTime, bootId, pidNamespace, token } = value as Record<string, unknown>;
  if (typeof host !== 'string' || typeof token !== 'string' || !TOKEN.test(token)) return undefined;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined;
  return {
    host,
    pid,
    ...(typeof startTime === 'number' && { startTime }),
    ...(typeof bootId === 'string' && { bootId }),
    ...(typeof pidNamespace === 'string' && { pidNamespace }),
    token,
  };
}

/** 32 hexadecimal digits that tell this file from all others that ever had its name. */
export function identityOf({ text, modifiedMs }: LockFile): string {
  const holder = parseHolder(text);
  if (holder !== undefined) return holder.token;
  return createHash('sha256').update(`${modifiedMs} ${text}`).digest('hex').slice(0, 32);
}

/** Says who has a lock; `undefined` if nobody does any more. `nowMs` is that of the file system. */
export function whyHeld(system: LockSystem, file: LockFile, nowMs: number): string | undefined {
  const ageMs = nowMs - file.modifiedMs;
  const holder = parseHolder(file.text);
  if (holder === undefined) return whyBeingWritten(ageMs);
  const { host, pid } = holder;
  if (host === system.host && differ(holder.bootId, system.bootId)) return undefined;
  if (host !== system.host || differ(holder.pidNamespace, system.pidNamespace)) {
    return whyTouched(host, pid, ageMs);
  }
  if (!isRunning(system, holder)) return undefined;
  const who = pid === system.pid ? 'another provider of this process' : 'a running process';
  return `${who} has it, pid ${pid} on host ${host}`;
}

function whyBeingWritten(ageMs: number): string | undefined {
  if (ageMs > TOUCH_AGE_MS_MAX) return undefined;
  return `its file lock does not say by whom, and was written less than ${TOUCH_AGE_MS_MAX} ms ago`;
}

function whyTouched(host: string, pid: number, ageMs: number): string | undefined {
  if (ageMs > TOUCH_AGE_MS_MAX) return undefined;
  return (
    `pid ${pid} on host ${host} has it, which cannot be looked up from here, and showed that it is there ` +
    `${Math.max(0, Math.round(ageMs))} ms ago; it counts as ended ${TOUCH_AGE_MS_MAX} ms after it did so last`
  );
}

function isRunning(system: LockSystem, { pid, startTime, token }: LockHolder): boolean {
  const running = system.processOf(pid);
  if (running === undefined) return false;
  if (startTime !== undefined && running.startTime !== undefined) {
    return startTime === running.startTime;
  }
  return pid !== system.pid || system.ownTokens.has(token);
}

/** What is not known differs from nothing. */
function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}
