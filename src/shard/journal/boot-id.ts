import { readFileSync } from 'node:fs';
import { BOOT_ID_BYTES } from './file-header.js';

/** Linux has a random one for each start of the machine. */
const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';

/**
 * Tells one start of the machine from another; all zeros if the system does not say. A file that was written
 * since the machine has started has lost nothing to a power cut.
 */
export function readBootId(): Buffer {
  try {
    const digits = readFileSync(BOOT_ID_FILE, 'latin1').replaceAll('-', '').trim();
    const id = Buffer.from(digits, 'hex');
    if (id.length === BOOT_ID_BYTES) return id;
  } catch {
    // Another system, or one that hides it.
  }
  return Buffer.alloc(BOOT_ID_BYTES);
}

export function isSameBoot(one: Buffer, other: Buffer): boolean {
  return one.equals(other) && one.some((byte) => byte !== 0);
}
