/** What a file has been through since it was last synced. */
export type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly size: number };

export interface Content {
  /** Of no other file; 0 if it is not known. */
  readonly identity: bigint;
  now: Buffer;
  safe: Buffer;
  unsafe: Change[];
}

/** A power cut loses or tears what this says. */
export interface PowerCut {
  /** Whether one unsafe write, or change of a name, reaches the disk. */
  reaches(): boolean;
  /** How many bytes of a write do that reaches it. */
  bytesOf(length: number): number;
}

export function record(content: Content, change: Change): void {
  content.now = applyChange(content.now, change);
  content.unsafe.push(change);
}

export function makeSafe(content: Content, changes: number): void {
  for (const change of content.unsafe.splice(0, changes)) {
    content.safe = applyChange(content.safe, change);
  }
}

function applyChange(before: Buffer, change: Change): Buffer {
  if (change.kind === 'truncate') return resize(before, change.size);
  const { position, bytes } = change;
  const after = resize(before, Math.max(before.length, position + bytes.length));
  bytes.copy(after, position);
  return after;
}

/** A write that is torn leaves zeros where it did not get to, as a file system that has grown the file does. */
export function tear(before: Buffer, change: Change, cut: PowerCut): Buffer {
  if (change.kind === 'truncate') return applyChange(before, change);
  const { position, bytes } = change;
  const reached = Math.min(bytes.length, cut.bytesOf(bytes.length));
  const after = resize(before, Math.max(before.length, position + bytes.length));
  bytes.copy(after, position, 0, reached);
  return after;
}

function resize(bytes: Buffer, size: number): Buffer {
  const resized = Buffer.alloc(size);
  bytes.copy(resized);
  return resized;
}
