import { SingleBar } from 'cli-progress';

/** Shows how far a phase is. */
export interface Progress {
  start(phase: string, total: number): void;
  update(done: number): void;
  finish(): void;
}

/** A bar per phase on a terminal; elsewhere a line per phase, and no control characters. */
export function createProgress(stream: NodeJS.WriteStream, phaseWidth: number): Progress {
  return stream.isTTY ? new Bars(stream, phaseWidth) : new Lines(stream, phaseWidth);
}

class Bars implements Progress {
  readonly #bar: SingleBar;
  readonly #phaseWidth: number;

  constructor(stream: NodeJS.WriteStream, phaseWidth: number) {
    this.#phaseWidth = phaseWidth;
    const format = '  {phase} {bar} {value}/{total}  {duration} s';
    // The terminal's settings stay as they are, so that Ctrl-C leaves nothing to repair.
    const settings = { hideCursor: null, linewrap: null };
    this.#bar = new SingleBar({ stream, format, barsize: 30, ...settings });
  }

  start(phase: string, total: number): void {
    this.#bar.start(total, 0, { phase: phase.padEnd(this.#phaseWidth) });
  }

  update(done: number): void {
    this.#bar.update(done);
  }

  finish(): void {
    this.#bar.stop();
  }
}

class Lines implements Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #phaseWidth: number;
  #phase = '';
  #total = 0;
  #done = 0;
  #startMs = 0;

  constructor(stream: NodeJS.WriteStream, phaseWidth: number) {
    this.#stream = stream;
    this.#phaseWidth = phaseWidth;
  }

  start(phase: string, total: number): void {
    this.#phase = phase;
    this.#total = total;
    this.#done = 0;
    this.#startMs = Date.now();
  }

  update(done: number): void {
    this.#done = done;
  }

  finish(): void {
    const seconds = ((Date.now() - this.#startMs) / 1_000).toFixed(1);
    const phase = this.#phase.padEnd(this.#phaseWidth);
    this.#stream.write(`  ${phase} ${this.#done}/${this.#total}  ${seconds} s\n`);
  }
}
