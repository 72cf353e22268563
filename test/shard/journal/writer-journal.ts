import assert from 'node:assert/strict';
import { FileKind } from '../../../src/shard/journal/file-header.js';
import { LogFile } from '../../../src/shard/journal/log-file.js';
import { type FsyncPolicy, LogWriter } from '../../../src/shard/journal/log-writer.js';
import { ManualClock } from '../../twins/manual-clock.js';
import { SimulatedDisk } from '../../twins/simulated-disk.js';
import {
  DIRECTORY,
  loadAll,
  newHeader,
  numbered,
  numbersOf,
  OTHER_BOOT_ID,
} from './written-journal.js';

const LOSES_ALL = { reaches: () => false, bytesOf: () => 0 };

/** A log writer on a journal of one log, which tells what happens. */
export class WriterJournal {
  readonly clock = new ManualClock();
  readonly disk = new SimulatedDisk();
  readonly told: string[] = [];
  readonly writer: LogWriter;
  written = 0;
  readonly #generation: number;

  constructor(fsync: FsyncPolicy) {
    const { log, generation } = loadAll(this.disk);
    this.#generation = generation;
    this.writer = new LogWriter(log, {
      fsync,
      clock: this.clock,
      onDegraded: (error) => this.told.push(`degraded: ${error.message}`),
      onRecovered: () => this.told.push('recovered'),
      onGap: () => this.told.push('gap'),
    });
  }

  /** Appends and commits; tells the end of it. */
  commit(records: number): void {
    const end = this.written + records;
    for (; this.written < end; this.written++) this.append(this.written);
    this.writer.commit(false, (safe) => this.told.push(`${end}: ${safe ? 'safe' : 'unsafe'}`));
  }

  append(i: number): void {
    const { kind, slot, argument, id, value } = numbered(i);
    this.writer.append(kind, slot, argument, id, value);
  }

  continueIn(isAfterGap = false): void {
    const generation = this.#generation + 1;
    const header = newHeader(FileKind.LOG, generation, isAfterGap);
    const path = `${DIRECTORY}/shard-0.${generation}.log`;
    const log = new LogFile(this.disk, path, header, undefined);
    log.sync();
    this.disk.syncDirectory(DIRECTORY);
    if (isAfterGap) this.writer.beginAfterGap(log);
    else assert.equal(this.writer.continueIn(log, generation), true);
  }

  /** What was told since the last call. */
  takeTold(): string[] {
    return this.told.splice(0);
  }

  get afterKill(): number[] {
    return numbersOf(loadAll(this.disk.afterKill()).records);
  }

  get afterPowerCut(): number[] {
    const disk = this.disk.afterPowerCut(LOSES_ALL);
    return numbersOf(loadAll(disk, { bootId: OTHER_BOOT_ID }).records);
  }
}

/** Makes a disk refuse all calls of this name with this code, until the returned function is called. */
export function refuse(disk: SimulatedDisk, code: string, name = 'write'): () => void {
  disk.faultOf = (call) => (call.name === name ? code : undefined);
  return () => {
    disk.faultOf = () => undefined;
  };
}
