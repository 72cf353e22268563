/**
 * Lets calls of the script begin: so many at the same time, and none while the server's thread has not read what the
 * earlier ones brought. What their replies may take is bounded so, whatever the sessions have and however many are
 * asked for.
 */
export class CallGate {
  readonly #callsMax: number;
  readonly #isClosed: () => boolean;
  readonly #waiting: (() => void)[] = [];
  #calls = 0;
  #stopped = false;

  /** `isClosed`: nothing more is to be read for now; `open` is to be called when that changes. */
  constructor(callsMax: number, isClosed: () => boolean) {
    this.#callsMax = callsMax;
    this.#isClosed = isClosed;
  }

  /** `undefined` if the call may begin at once, else when it may. Each is to be followed by `leave`. */
  enter(): Promise<void> | undefined {
    if (this.#mayEnter) {
      this.#calls++;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    this.#calls--;
    this.open();
  }

  /** Lets in, in order, whoever may enter. */
  open(): void {
    while (this.#waiting.length > 0 && this.#mayEnter) {
      this.#calls++;
      this.#waiting.shift()?.();
    }
  }

  /** From now on nobody waits. */
  stop(): void {
    this.#stopped = true;
    this.open();
  }

  get #mayEnter(): boolean {
    return this.#stopped || (this.#calls < this.#callsMax && !this.#isClosed());
  }
}
