import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_BYTES = 8;

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
 * nonce is the sequence, which no other frame of the file has: never twice the same for one key.
 */
export function createSeal(key: Uint8Array, salt: Uint8Array): Seal {
  const fileKey = new Uint8Array(hkdfSync('sha256', key, salt, 'jstp journal file', KEY_BYTES));
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

/** Tells keys apart, and nothing about them. */
export function keyIdOf(key: Uint8Array): string {
  const digest = createHmac('sha256', key).update('jstp journal key').digest();
  return digest.subarray(0, KEY_ID_BYTES).toString('hex');
}
