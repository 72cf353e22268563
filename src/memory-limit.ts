import { totalmem } from 'node:os';

/**
 * The memory that this process may use: what its container or service allows, where that is less than
 * the machine has.
 */
export function memoryBytesMax(
  constrainedBytes: number | undefined = process.constrainedMemory(),
  totalBytes: number = totalmem(),
): number {
  // Without a limit Node.js answers 0, undefined, or a number far above any memory.
  const limited =
    constrainedBytes !== undefined && constrainedBytes > 0 && constrainedBytes < totalBytes;
  return limited ? constrainedBytes : totalBytes;
}
