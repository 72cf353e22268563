import type { CancelTimer, Clock } from '../clock.js';
import { SessionStorageError } from '../errors.js';

/** How often a waiting provider looks at the lock, which is to read a small file. */
const LOOK_INTERVAL_MS = 100;
/** How often it tries to take the lock although it seems to be held, as a look does not know the file system's time. */
const TRY_INTERVAL_MS = 1_000;

export interface LockWaitOptions<Opened> {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Whether the lock seems to be free. Throws what the system throws. */
  readonly seemsFree: () => boolean;
  /** Throws `ERR_JOURNAL_LOCKED` as long as another provider has the lock. */
  readonly open: () => Opened;
  /** Called once, unless it was cancelled before. */
  readonly onOpened: (opened: Opened) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Waits until another provider has released its lock, or counts as ended. */
export class LockWait<Opened> {
  readonly #options: LockWaitOptions<Opened>;
  readonly #startMs: number;
  #triedMs: number;
  #cancelLook: CancelTimer = () => {};

  /** The first try was made just now. */
  constructor(options: LockWaitOptions<Opened>) {
    this.#options = options;
    this.#startMs = options.clock.elapsed();
    this.#triedMs = this.#startMs;
    this.#lookLater();
  }

  cancel(): void {
    this.#cancelLook();
  }

  #lookLater(): void {
    const { clock, timeoutMs } = this.#options;
    const leftMs = Math.max(0, this.#startMs + timeoutMs - clock.elapsed());
    this.#cancelLook = clock.after(Math.min(leftMs, LOOK_INTERVAL_MS), () => this.#look());
  }

  #look(): void {
    const { clock, timeoutMs, seemsFree, open, onOpened, onFailed } = this.#options;
    const nowMs = clock.elapsed();
    const isOver = nowMs - this.#startMs >= timeoutMs;
    let opened: Opened;
    try {
      if (!isOver && nowMs - this.#triedMs < TRY_INTERVAL_MS && !seemsFree()) {
        this.#lookLater();
        return;
      }
      this.#triedMs = nowMs;
      opened = open();
    } catch (error) {
      if (!isLocked(error)) onFailed(error);
      else if (isOver) onFailed(stillLocked(error, timeoutMs));
      else this.#lookLater();
      return;
    }
    onOpened(opened);
  }
}

export function isLocked(error: unknown): error is SessionStorageError {
  return error instanceof SessionStorageError && error.code === 'ERR_JOURNAL_LOCKED';
}

function stillLocked(
  { code, detail }: SessionStorageError,
  timeoutMs: number,
): SessionStorageError {
  const waited = `this one has waited for store.lockTimeout = ${timeoutMs} ms`;
  return new SessionStorageError(code, `${detail}; ${waited}`);
}
