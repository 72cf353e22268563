const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** What was seen is not what was promised. */
export class Violation extends Error {
  override get name(): string {
    return 'Violation';
  }
}

/** All that happens in a simulation, in order. Equal hashes: the same things happened. */
export class Trace {
  readonly #lines: string[] = [];
  readonly #elapsedMs: () => number;
  #hash = FNV_OFFSET;

  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  /** The number of the latest event: a point in time that is finer than the clock. */
  get instant(): number {
    return this.#lines.length;
  }

  get elapsedMs(): number {
    return this.#elapsedMs();
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /** Tells the instant. */
  note(event: string): number {
    const line = `${this.#elapsedMs()} ms  ${event}`;
    for (let i = 0; i < line.length; i++) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(i), FNV_PRIME);
    }
    return this.#lines.push(line);
  }

  /** The latest lines, each with its instant. */
  tail(count: number): string[] {
    const start = Math.max(0, this.#lines.length - count);
    return this.#lines.slice(start).map((line, i) => `#${start + i + 1}  ${line}`);
  }
}
