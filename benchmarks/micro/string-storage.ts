import type jstp from '@metarhia/jstp';
import { host } from '../host.js';

/**
 * The built-in provider with the conversion that JSTP's documentation demands of storages outside the
 * server's memory: `toString` when a session goes out, `fromString` when it comes in.
 */
export class StringSessionStorageProvider {
  readonly #texts: jstp.SimpleSessionStorageProvider;

  /** Milliseconds; by default those of the built-in provider. */
  constructor(inactiveSessionLifetime?: number, purgeInterval?: number) {
    this.#texts = new host.SimpleSessionStorageProvider(inactiveSessionLifetime, purgeInterval);
  }

  get size(): number {
    return this.#texts.size;
  }

  get(id: string): jstp.Session | undefined {
    const text = this.#texts.get(id) as string | undefined;
    return text === undefined ? undefined : host.Session.fromString(text);
  }

  set(id: string, session: jstp.Session): void {
    this.#texts.set(id, session.toString());
  }

  setInactive(id: string): void {
    this.#texts.setInactive(id);
  }
}
