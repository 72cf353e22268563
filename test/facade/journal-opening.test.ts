import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { runOnThisThread } from '../../src/disk-task.js';
import { openJournal } from '../../src/facade/journal-opening.js';
import type { StoreOpening } from '../../src/facade/store-opening.js';
import { NodeDisk } from '../../src/node-disk.js';
import { ManualClock } from '../twins/manual-clock.js';

/** The process ends when a directory is to be renamed, or before any change that follows. */
class EndingDisk extends NodeDisk {
  override rename(from: string, to: string): void {
    if (!from.endsWith('.tmp')) throw new Error('the process has ended');
    super.rename(from, to);
  }
}

const REPORT = { sessions: 0, tornBytes: 0, droppedBytes: 9, isRepaired: true, isCutCopy: false };

describe('openJournal, damaged files that are moved to other shards with repair', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'jstp-journal-opening-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  function open(shards: number, disk: NodeDisk): StoreOpening {
    const settings = {
      ...({ kind: 'journal', directory, fsync: 'never', repair: true } as const),
      encryptionKey: undefined,
      lockTimeoutMs: 0,
    };
    return openJournal({
      settings,
      shards,
      clock: new ManualClock(),
      report: assert.ifError,
      disk,
      move: async ({ to }) => {
        disk.makeDirectory(to.directory);
        return REPORT;
      },
    });
  }

  /** Prepares it and closes it; gives the code of the refusal. */
  async function run(shards: number, disk: NodeDisk): Promise<string | undefined> {
    const opening = open(shards, disk);
    const code = await new Promise<string | undefined>((resolve) => {
      opening.prepare(
        () => resolve(undefined),
        (error) => resolve(error.code),
      );
    });
    await opening.close();
    return code;
  }

  for (const isEnded of [false, true]) {
    it(`the process ${isEnded ? 'ends' : 'does not end'} before they are set aside: they are kept`, async () => {
      const options = { runLater: runOnThisThread };
      assert.equal(await run(1, new NodeDisk(options)), undefined);
      writeFileSync(join(directory, 'epoch-1', 'shard-0.1.log'), 'damaged');
      const disk = isEnded ? new EndingDisk(options) : new NodeDisk(options);
      assert.equal(await run(2, disk), isEnded ? 'ERR_JOURNAL_UNAVAILABLE' : undefined);
      assert.equal(readdirSync(directory).includes('epoch-1.damaged'), !isEnded);
      assert.equal(await run(2, new NodeDisk(options)), undefined);
      const kept = join(directory, 'epoch-1.damaged', 'shard-0.1.log');
      assert.equal(readFileSync(kept, 'utf8'), 'damaged');
      assert.equal(readdirSync(directory).includes('epoch-1'), false);
    });
  }
});
