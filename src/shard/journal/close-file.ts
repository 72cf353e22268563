import type { DiskFile } from '../../disk.js';

/** Closes a file, whatever the disk says: it is closed all the same, and what had to be safe was synced. */
export function closeFile(file: DiskFile): void {
  try {
    file.close();
  } catch {
    // A sync has told of it, or nobody has asked for one.
  }
}
