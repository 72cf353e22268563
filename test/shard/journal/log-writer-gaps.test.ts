import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FsyncPolicy } from '../../../src/shard/journal/log-writer.js';
import { refuse, WriterJournal } from './writer-journal.js';
import { DIRECTORY } from './written-journal.js';

describe('LogWriter, when records are missing', () => {
  for (const fsync of ['always', 'everysec', 'never'] satisfies FsyncPolicy[]) {
    it(`${fsync}, the log is removed: is noticed, and a new log is asked for until there is one`, () => {
      const journal = new WriterJournal(fsync);
      journal.commit(1);
      journal.disk.completeLater();
      journal.takeTold();
      journal.disk.remove(DIRECTORY);
      journal.clock.advance(1_000);
      assert.match(
        journal.takeTold().join(),
        /^degraded: expected the file .*shard-0.1.log, got none$/,
      );
      journal.clock.advance(2_000);
      assert.deepEqual(journal.takeTold(), ['gap', 'gap']);
      journal.continueIn(true);
      journal.clock.advance(2_000);
      assert.deepEqual(journal.takeTold(), []);
      journal.writer.recover();
      assert.deepEqual(journal.takeTold(), ['recovered']);
    });
  }

  it('after a gap, a write fails and then does not: has not recovered before the snapshot is there', () => {
    const journal = new WriterJournal('always');
    journal.writer.giveUp(new Error('gap'));
    journal.continueIn(true);
    journal.takeTold();
    const makeRoom = refuse(journal.disk, 'ENOSPC');
    journal.commit(1);
    makeRoom();
    journal.clock.advance(1_000);
    journal.commit(1);
    assert.deepEqual(journal.takeTold(), ['1: unsafe', '2: unsafe']);
    journal.writer.recover();
    assert.deepEqual(journal.takeTold(), ['recovered']);
  });

  it('after a gap, a write fails: recovers when it is written, though the snapshot was there before', () => {
    const journal = new WriterJournal('always');
    journal.writer.giveUp(new Error('gap'));
    journal.continueIn(true);
    journal.takeTold();
    const makeRoom = refuse(journal.disk, 'ENOSPC');
    journal.commit(1);
    journal.writer.recover();
    assert.deepEqual(journal.takeTold(), ['1: unsafe']);
    makeRoom();
    journal.clock.advance(1_000);
    assert.deepEqual(journal.takeTold(), ['recovered']);
  });

  it('after a gap while the log before it is synced: that is closed once, and the new one made safe', () => {
    const journal = new WriterJournal('always');
    const closed: string[] = [];
    journal.disk.faultOf = ({ name, path }) => {
      if (name === 'close') closed.push(path);
      return undefined;
    };
    journal.commit(1);
    journal.writer.giveUp(new Error('gap'));
    journal.continueIn(true);
    journal.takeTold();
    journal.writer.makeSafe((safe) => journal.told.push(`made safe: ${safe}`));
    assert.deepEqual(closed, []);
    journal.disk.completeLater();
    assert.deepEqual(closed, [`${DIRECTORY}/shard-0.1.log`]);
    journal.disk.completeLater();
    assert.deepEqual(journal.takeTold(), ['made safe: true']);
  });
});
