import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Disk } from '../disk.js';
import { SessionStorageError } from '../errors.js';
import { fileSetIdText } from '../shard/journal/file-set.js';
import { manifestPath } from '../shard/journal/lock-files.js';
import { namesBeyond, setAside } from '../shard/journal/shard-files.js';
import { readText, writeText } from './journal-manifest.js';
import type { JournalManifest } from './manifest-text.js';

const EPOCH_NAME = /^epoch-([1-9]\d*)$/;
const UNFINISHED_NAME = /^epoch-([1-9]\d*)\.unfinished$/;
const UNKNOWN_EPOCHS = 2 ** 32;
/** An empty file in the directory of an epoch that is damaged, and kept when another epoch has taken its place. */
const DAMAGED_MARK = 'damaged';

export function epochName(epoch: number): string {
  return `epoch-${epoch}`;
}

/**
 * An epoch of which no holder of the lock before this one knows, whatever it was about to do when it was stopped: one that
 * moves the records to other shards writes to the next epoch.
 */
export function unknownEpoch(epoch: number): number {
  return epoch + 2 + randomInt(UNKNOWN_EPOCHS);
}

/**
 * What is in a journal's directory: the epoch of the manifest, and those left over by a move to other shards, or to
 * another epoch, that did not finish or was not tidied up.
 */
export interface EpochNames {
  readonly epochs: readonly number[];
  /** Those to which a move was begun whose end is not known. */
  readonly unfinished: readonly number[];
}

export function listEpochs(disk: Disk, directory: string): EpochNames {
  const names = disk.list(directory);
  return { epochs: numbersIn(names, EPOCH_NAME), unfinished: numbersIn(names, UNFINISHED_NAME) };
}

function numbersIn(names: readonly string[], pattern: RegExp): number[] {
  return names.map((name) => Number(pattern.exec(name)?.[1] ?? 0)).filter((epoch) => epoch > 0);
}

/**
 * To be called before anything is written to a new epoch: until {@link completeEpoch} its directory is known to be that of
 * a move that has not finished, also after a power cut. `fileSetId`: of the manifest that will name the epoch.
 */
export function beginEpoch(disk: Disk, directory: string, epoch: number, fileSetId: number): void {
  const path = unfinishedPath(directory, epoch);
  disk.remove(path);
  writeText(disk.create(path), fileSetIdText(fileSetId));
  disk.syncDirectory(directory);
}

/** To be called once the manifest names the epoch. */
export function completeEpoch(disk: Disk, directory: string, epoch: number): void {
  disk.remove(unfinishedPath(directory, epoch));
}

function unfinishedPath(directory: string, epoch: number): string {
  return join(directory, `${epochName(epoch)}.unfinished`);
}

/** To be called before another epoch takes its place: whenever the process ends behind that, its files are kept. */
export function markDamaged(disk: Disk, epochDirectory: string): void {
  const mark = join(epochDirectory, DAMAGED_MARK);
  if (!disk.exists(mark)) disk.create(mark).close();
  disk.syncDirectory(epochDirectory);
}

export interface TidyOptions {
  readonly disk: Disk;
  readonly directory: string;
  /** The one that was read, or that was made just now. */
  readonly manifest: JournalManifest;
  /** Found before the lock was taken: a successor of this holder, if it has one by now, had made none of these. */
  readonly before: EpochNames;
  /** A holder before this one may still be writing to an epoch of its own. */
  readonly mustFence: boolean;
  readonly repair: boolean;
}

/** What is not proved to be superseded, and does not belong to the journal that the manifest describes. */
export interface Unproved {
  readonly path: string;
  /** Why the manifest may be damaged, or not that of this directory; `undefined`: it is only too old to say. */
  readonly fault: string | undefined;
}

/**
 * Looks for what the manifest does not prove to be superseded, and which does not belong to its journal either; to be kept
 * under another name. Throws `ERR_JOURNAL_CORRUPT` if the manifest may be damaged or another journal's, unless
 * `repair`. Changes nothing.
 */
export function findUnproved(options: TidyOptions): Unproved[] {
  const { disk, directory, manifest } = options;
  const { epochs } = listEpochs(disk, directory);
  const isThere = epochs.includes(manifest.epoch);
  const unproved = [...unprovedEpochs(options, isThere), ...(isThere ? foreignFiles(options) : [])];
  const fault = unproved.find((one) => one.fault !== undefined)?.fault;
  if (fault === undefined || options.repair) return unproved;
  throw new SessionStorageError(
    'ERR_JOURNAL_CORRUPT',
    `${fault}; put the manifest of this journal back, or use the store's option repair: true, which keeps under another name what does not belong to it`,
  );
}

/**
 * Leaves the directory of the manifest's epoch, and of the others removes those that are proved to be superseded: a lower
 * epoch by the manifest's checksum, a higher one by the mark of a move that has not finished. The others stay under
 * another name. Gives what stays, for people.
 */
export function tidyEpochs(options: TidyOptions, unproved: readonly Unproved[]): readonly string[] {
  const { disk, directory, manifest, before, mustFence } = options;
  const { epoch } = manifest;
  for (const { path } of unproved) setAside(disk, path);
  // Before the manifest of an older version, which knows no marks, is replaced by one that expects them.
  if (unproved.length > 0) disk.syncDirectory(directory);
  const kept = unproved.map(({ path }) => path);
  for (const other of before.epochs) {
    const path = join(directory, epochName(other));
    if (other !== epoch && !kept.includes(path)) removeUnlessDamaged(disk, path);
  }
  // First, also after a power cut: without its mark a directory would not be known to be left over.
  if (before.unfinished.length > 0) disk.syncDirectory(directory);
  for (const other of before.unfinished) {
    if (other <= epoch || !mustFence) completeEpoch(disk, directory, other);
  }
  return kept.map(
    (path) =>
      `${path}: does not belong to the journal that ${manifestPath(directory)} describes; it was kept as ${path}.damaged`,
  );
}

function unprovedEpochs(options: TidyOptions, isThere: boolean): Unproved[] {
  const { directory, manifest, before } = options;
  const { epoch, fileSetId } = manifest;
  const missing = faultOfEpoch(options, isThere);
  const unproved: Unproved[] = [];
  for (const other of before.epochs) {
    const isLeftOver = other > epoch ? before.unfinished.includes(other) : fileSetId !== 0;
    if (other === epoch || (isLeftOver && missing === undefined)) continue;
    const path = join(directory, epochName(other));
    const newer = `${path}: expected no epoch behind ${epochName(epoch)}, which ${manifestPath(directory)} names, got one that was in use`;
    const isNewer = other > epoch && fileSetId !== 0;
    unproved.push({ path, fault: missing ?? (isNewer ? newer : undefined) });
  }
  return unproved;
}

/** The epoch is not there although others are; or what is there is left over by a move of another journal. */
function faultOfEpoch(
  { disk, directory, manifest, before }: TidyOptions,
  isThere: boolean,
): string | undefined {
  const { epoch, fileSetId } = manifest;
  const path = join(directory, epochName(epoch));
  const others = before.epochs.filter((other) => other !== epoch);
  if (others.length > 0 && !isThere) {
    return `${path}: expected the directory that ${manifestPath(directory)} names, got only ${others.map(epochName).join()}`;
  }
  if (!before.unfinished.includes(epoch)) return undefined;
  const found = readText(disk.open(unfinishedPath(directory, epoch)));
  if (found === fileSetIdText(fileSetId)) return undefined;
  return `${path}: expected files of file set ${fileSetIdText(fileSetId)}, which ${manifestPath(directory)} names, got those of ${found}`;
}

/** Files of shards that the manifest does not know. */
function foreignFiles({ disk, directory, manifest }: TidyOptions): Unproved[] {
  const { epoch, shards } = manifest;
  const epochDirectory = join(directory, epochName(epoch));
  const names = namesBeyond(shards, disk.list(epochDirectory));
  return names.map((name) => {
    const path = join(epochDirectory, name);
    const fault = `${path}: expected files of ${shards} shards, as ${manifestPath(directory)} says, got one of another`;
    return { path, fault };
  });
}

function removeUnlessDamaged(disk: Disk, epochDirectory: string): void {
  if (disk.exists(join(epochDirectory, DAMAGED_MARK))) setAside(disk, epochDirectory);
  else disk.remove(epochDirectory);
}
