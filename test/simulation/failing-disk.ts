import { type DiskCall, SimulatedDisk } from '../twins/simulated-disk.js';
import { type Agenda, SimulatedThread } from './agenda.js';

/** What a disk refuses: what needs room, or all that changes it. */
export type DiskFailure = 'ENOSPC' | 'EIO';

const NEEDS_ROOM = new Set<DiskCall['name']>(['create', 'write']);
const NEVER_FAILS = new Set<DiskCall['name']>(['list', 'exists', 'close', 'read', 'size']);

/** The disk of the machine, which fails for a while. */
export class FailingDisk extends SimulatedDisk {
  readonly #agenda: Agenda;
  readonly #thread: SimulatedThread;
  #failure: DiskFailure | undefined;
  #cancelRepair = () => {};

  constructor(agenda: Agenda, writeBytesMax: number) {
    super();
    this.writeBytesMax = writeBytesMax;
    this.#agenda = agenda;
    this.#thread = new SimulatedThread(agenda);
    this.faultOf = ({ name }) => (this.#refuses(name) ? this.#failure : undefined);
  }

  failFor(failure: DiskFailure, ms: number): void {
    this.#cancelRepair();
    this.#failure = failure;
    this.#cancelRepair = this.#agenda.schedule(this.#thread, ms, () => this.repair());
  }

  repair(): void {
    this.#cancelRepair();
    this.#failure = undefined;
  }

  #refuses(name: DiskCall['name']): boolean {
    if (this.#failure === undefined) return false;
    return this.#failure === 'EIO' ? !NEVER_FAILS.has(name) : NEEDS_ROOM.has(name);
  }
}
