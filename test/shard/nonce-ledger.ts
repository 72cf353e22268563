import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import type { Disk, DiskFile } from '../../src/disk.js';
import { FILE_HEADER_BYTES } from '../../src/shard/journal/file-header.js';
import { isLinkAt, LINK_SALT_START } from '../../src/shard/journal/frame.js';

const SALT_START = 24;
const SALT_END = 40;
const NOTHING = -1;

/**
 * All bytes that were ever written to encrypted files, on any disk. Frames begin at the same place for the same number as
 * long as each byte of a file, told by its salt, is written with one value only: then no key and nonce has two texts.
 */
export class NonceLedger {
  // Of each file, by its salt, what was written to it: -1 where nothing was.
  readonly #files = new Map<string, Int16Array>();
  readonly #links = new Set<string>();
  /** Bytes that were written once more. */
  repeats = 0;
  /** What was written twice with different bytes. */
  readonly reuses: string[] = [];

  get files(): number {
    return this.#files.size;
  }

  get links(): number {
    return this.#links.size;
  }

  /** The same disk; whatever is written to it is entered here. */
  watch(disk: Disk): Disk {
    return new Proxy(disk, {
      get: (target, name) => {
        if (name === 'create' || name === 'open') {
          return (path: string) => this.#watchFile(target[name](path), path, name === 'open');
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  #watchFile(file: DiskFile, path: string, isInherited: boolean): DiskFile {
    return {
      ...file,
      write: (bytes, offset, length, position) => {
        const written = file.write(bytes, offset, length, position);
        const text = Buffer.from(bytes.subarray(offset, offset + length));
        // What the disk took, and what it may have taken when it refused the rest.
        this.#enter(file, path, position, text, isInherited);
        return written;
      },
    };
  }

  #enter(file: DiskFile, path: string, at: number, bytes: Buffer, isInherited: boolean): void {
    if (at < FILE_HEADER_BYTES) return;
    const salt = saltOf(file);
    if (isInherited && isLinkAt(bytes, 0)) {
      const linkSalt = bytes.toString('hex', LINK_SALT_START, LINK_SALT_START + 16);
      assert.equal(this.#links.has(linkSalt), false, 'each link has a key of its own');
      this.#links.add(linkSalt);
      return;
    }
    const known = withRoom(this.#files.get(salt), at + bytes.length);
    this.#files.set(salt, known);
    for (const [i, byte] of bytes.entries()) {
      const before = known[at + i];
      if (before === byte) this.repeats++;
      else if (before === NOTHING) known[at + i] = byte;
      else {
        this.reuses.push(`byte ${at + i} of ${path}, salt ${salt}`);
        return;
      }
    }
  }
}

function saltOf(file: DiskFile): string {
  const bytes = Buffer.alloc(SALT_END);
  assert.equal(file.read(bytes, 0, bytes.length, 0), bytes.length);
  return bytes.toString('hex', SALT_START, SALT_END);
}

function withRoom(known: Int16Array | undefined, length: number): Int16Array {
  if (known !== undefined && known.length >= length) return known;
  const larger = new Int16Array(2 * length).fill(NOTHING);
  larger.set(known ?? []);
  return larger;
}
