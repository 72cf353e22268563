import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_BYTES = 8;
const LINK_SALT_BYTES = 16;
const LINK = 'jstp journal link';

/** Makes bodies unreadable, and unchangeable, for who does not have the key. */
export interface Seal {
  /** Bytes that a sealed body has more. */
  readonly overheadBytes: number;
  /** Seals the body from `start` to `end` where it is; gives where it ends then. */
  close(bytes: Buffer, start: number, end: number, sequence: number): number;
  /** Opens a sealed body where it is; gives where it ends then, `undefined` if it is not authentic. */
  open(bytes: Buffer, start: number, end: number, sequence: number): number | undefined;
}

/**
 * AES-256-GCM with a key of the file's own, made of the user's key and the file's salt (HKDF, RFC 5869). The
 * nonce is the sequence. Only the process that has made the file seals with its key, each sequence once: what
 * a disk refuses is written again as it was sealed. See {@link createLinkSeal} for what other processes write.
 * `purpose`: what else the key depends on.
 */
export function createSeal(key: Uint8Array, salt: Uint8Array, purpose: string): Seal {
  const fileKey = new Uint8Array(hkdfSync('sha256', key, salt, purpose, KEY_BYTES));
  const nonce = Buffer.alloc(NONCE_BYTES);
  const options = { authTagLength: TAG_BYTES };
  return {
    overheadBytes: TAG_BYTES,
    close(bytes, start, end, sequence) {
      nonce.writeUIntLE(sequence, 0, 6);
      const cipher = createCipheriv(CIPHER, fileKey, nonce, options);
      cipher.update(bytes.subarray(start, end)).copy(bytes, start);
      cipher.final();
      cipher.getAuthTag().copy(bytes, end);
      return end + TAG_BYTES;
    },
    open(bytes, start, end, sequence) {
      const bodyEnd = end - TAG_BYTES;
      if (bodyEnd < start) return undefined;
      nonce.writeUIntLE(sequence, 0, 6);
      const decipher = createDecipheriv(CIPHER, fileKey, nonce, options);
      decipher.setAuthTag(bytes.subarray(bodyEnd, end));
      const body = decipher.update(bytes.subarray(start, bodyEnd));
      try {
        decipher.final();
      } catch {
        // What it throws says no more than this.
        return undefined;
      }
      body.copy(bytes, start);
      return bodyEnd;
    },
  };
}

/**
 * The same with a key for each body, made of the file's salt and a random one, which is put before the body: whatever
 * the file has had with the same sequence, it had another key.
 */
export function createLinkSeal(key: Uint8Array, fileSalt: Uint8Array): Seal {
  const sealOf = (linkSalt: Uint8Array): Seal =>
    createSeal(key, Buffer.concat([fileSalt, linkSalt]), LINK);
  return {
    overheadBytes: LINK_SALT_BYTES + TAG_BYTES,
    close(bytes, start, end, sequence) {
      const linkSalt = randomBytes(LINK_SALT_BYTES);
      bytes.copyWithin(start + LINK_SALT_BYTES, start, end);
      linkSalt.copy(bytes, start);
      const seal = sealOf(linkSalt);
      return seal.close(bytes, start + LINK_SALT_BYTES, end + LINK_SALT_BYTES, sequence);
    },
    open(bytes, start, end, sequence) {
      const bodyStart = start + LINK_SALT_BYTES;
      if (bodyStart > end) return undefined;
      const seal = sealOf(Buffer.from(bytes.subarray(start, bodyStart)));
      const bodyEnd = seal.open(bytes, bodyStart, end, sequence);
      if (bodyEnd === undefined) return undefined;
      bytes.copyWithin(start, bodyStart, bodyEnd);
      return bodyEnd - LINK_SALT_BYTES;
    },
  };
}

/** Tells keys apart, and nothing about them. */
export function keyIdOf(key: Uint8Array): string {
  const digest = createHmac('sha256', key).update('jstp journal key').digest();
  return digest.subarray(0, KEY_ID_BYTES).toString('hex');
}
