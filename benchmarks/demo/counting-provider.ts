import type { JstpSession } from '../../src/index.js';

type Found = JstpSession | undefined;

/** What the host asks of a provider. */
export interface HostProvider {
  isAsync(): boolean;
  get(id: string, callback?: (session: Found) => void): unknown;
  set(id: string, session: JstpSession): unknown;
  setInactive(id: string): unknown;
}

/** Stands before a provider and notes the ids of the sessions that it gave to the host. */
export class CountingProvider implements HostProvider {
  readonly restored = new Set<string>();
  readonly #inner: HostProvider;

  constructor(inner: HostProvider) {
    this.#inner = inner;
  }

  isAsync(): boolean {
    return this.#inner.isAsync();
  }

  get(id: string, callback?: (session: Found) => void): unknown {
    if (callback === undefined) return this.#note(id, this.#inner.get(id) as Found);
    return this.#inner.get(id, (session) => callback(this.#note(id, session)));
  }

  set(id: string, session: JstpSession): unknown {
    return this.#inner.set(id, session);
  }

  setInactive(id: string): unknown {
    return this.#inner.setInactive(id);
  }

  #note(id: string, session: Found): Found {
    if (session !== undefined) this.restored.add(id);
    return session;
  }
}
