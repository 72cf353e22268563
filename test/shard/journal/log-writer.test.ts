import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecordKind } from '../../../src/shard/journal/journal-record.js';
import { refuse, WriterJournal } from './writer-journal.js';
import { DIRECTORY, range } from './written-journal.js';

describe('LogWriter', () => {
  it('never: acknowledges what is written, and syncs nothing', () => {
    const journal = new WriterJournal('never');
    journal.commit(3);
    assert.deepEqual(journal.takeTold(), ['3: safe']);
    journal.clock.advance(5_000);
    assert.equal(journal.disk.completeLater(), false);
    assert.deepEqual(journal.afterKill, range(0, 3));
    assert.deepEqual(journal.afterPowerCut, []);
  });

  it('everysec: acknowledges what is written, which is safe a second later', () => {
    const journal = new WriterJournal('everysec');
    journal.commit(3);
    assert.deepEqual(journal.takeTold(), ['3: safe']);
    journal.clock.advance(999);
    assert.equal(journal.disk.completeLater(), false);
    journal.clock.advance(1);
    assert.equal(journal.disk.completeLater(), true);
    assert.deepEqual(journal.afterPowerCut, range(0, 3));
  });

  it('everysec: what was appended and not committed is written before it counts as safe', () => {
    const journal = new WriterJournal('everysec');
    journal.commit(1);
    journal.append(1);
    journal.clock.advance(1_000);
    journal.disk.completeLater();
    assert.deepEqual(journal.afterPowerCut, range(0, 2));
  });

  it('everysec: syncs nothing while nothing is appended', () => {
    const journal = new WriterJournal('everysec');
    journal.commit(3);
    journal.clock.advance(1_000);
    journal.disk.completeLater();
    journal.clock.advance(10_000);
    assert.equal(journal.disk.completeLater(), false);
  });

  it('always: acknowledges what is safe, all that was written meanwhile together, in order', () => {
    const journal = new WriterJournal('always');
    for (let i = 0; i < 4; i++) journal.commit(2);
    assert.deepEqual(journal.takeTold(), []);
    journal.disk.completeLater();
    assert.deepEqual(journal.takeTold(), ['2: safe']);
    assert.deepEqual(journal.afterPowerCut, range(0, 2));
    journal.disk.completeLater();
    assert.deepEqual(journal.takeTold(), ['4: safe', '6: safe', '8: safe']);
    assert.deepEqual(journal.afterPowerCut, range(0, 8));
    assert.equal(journal.disk.completeLater(), false);
  });

  it('always: what changes nothing is acknowledged at once, but not before what came before it', () => {
    const journal = new WriterJournal('always');
    journal.commit(0);
    assert.deepEqual(journal.takeTold(), ['0: safe']);
    journal.commit(1);
    journal.writer.commit(false, () => journal.told.push('nothing'));
    assert.deepEqual(journal.takeTold(), []);
    journal.disk.completeLater();
    assert.deepEqual(journal.takeTold(), ['1: safe', 'nothing']);
  });

  it('everysec: a commit that syncs waits until all is safe, and so do those behind it', () => {
    const journal = new WriterJournal('everysec');
    journal.commit(2);
    journal.writer.commit(true, (safe) => journal.told.push(`synced: ${safe}`));
    journal.commit(1);
    assert.deepEqual(journal.takeTold(), ['2: safe']);
    journal.disk.completeLater();
    assert.deepEqual(journal.takeTold(), ['synced: true']);
    assert.deepEqual(journal.afterPowerCut, range(0, 2));
    journal.disk.completeLater();
    assert.deepEqual(journal.takeTold(), ['3: safe']);
    journal.commit(1);
    assert.deepEqual(journal.takeTold(), ['4: safe']);
  });

  it('a disk that takes a few bytes at a time gets them all', () => {
    const journal = new WriterJournal('never');
    journal.disk.writeBytesMax = 7;
    journal.commit(20);
    assert.deepEqual(journal.afterKill, range(0, 20));
  });

  for (const [fsync, during] of [
    ['always', 'unsafe'],
    ['everysec', 'safe'],
    ['never', 'safe'],
  ] as const) {
    it(`${fsync}, disk full: goes on ${during}, says so once, and catches up when there is room`, () => {
      const journal = new WriterJournal(fsync);
      journal.commit(2);
      journal.disk.completeLater();
      journal.takeTold();
      const makeRoom = refuse(journal.disk, 'ENOSPC');
      journal.commit(3);
      journal.commit(1);
      const [first, ...others] = journal.takeTold();
      assert.match(String(first), /^degraded: ENOSPC/);
      assert.deepEqual(others, [`5: ${during}`, `6: ${during}`]);
      journal.clock.advance(3_000);
      journal.disk.completeLater();
      assert.deepEqual(journal.takeTold(), []);
      makeRoom();
      journal.clock.advance(1_000);
      assert.deepEqual(journal.takeTold(), ['recovered']);
      assert.deepEqual(journal.afterKill, range(0, 6));
      journal.commit(1);
      journal.disk.completeLater();
      journal.disk.completeLater();
      assert.deepEqual(journal.takeTold(), ['7: safe']);
    });
  }

  it('a write that fails halfway goes on where it stopped', () => {
    const journal = new WriterJournal('never');
    journal.disk.writeBytesMax = 50;
    let writes = 0;
    journal.disk.faultOf = ({ name }) => (name === 'write' && writes++ === 3 ? 'EIO' : undefined);
    journal.commit(10);
    assert.ok(journal.afterKill.length < 10);
    journal.clock.advance(1_000);
    assert.deepEqual(journal.afterKill, range(0, 10));
  });

  it('always, a sync fails: what waits is unsafe, and a new log is asked for', () => {
    const journal = new WriterJournal('always');
    journal.commit(2);
    refuse(journal.disk, 'EIO', 'syncLater');
    journal.commit(1);
    journal.disk.completeLater();
    const told = journal.takeTold();
    assert.deepEqual(told.slice(0, 2), ['2: unsafe', '3: unsafe']);
    assert.match(String(told[2]), /^degraded: EIO/);
    journal.clock.advance(1_000);
    assert.deepEqual(journal.takeTold(), ['gap']);
  });

  it('more waits for the disk than is kept: is given up, and a new log is asked for', () => {
    const journal = new WriterJournal('never');
    const makeRoom = refuse(journal.disk, 'ENOSPC');
    journal.commit(1);
    for (let i = 0; i < 20; i++) {
      journal.writer.append(RecordKind.SET, 0, 0, 'large', 'x'.repeat(1_000_000));
    }
    const { bytes } = journal.writer;
    assert.ok(bytes < 18_000_000);
    makeRoom();
    journal.clock.advance(1_000);
    assert.equal(journal.takeTold().at(-1), 'gap');
    journal.continueIn(true);
    journal.append(5);
    journal.writer.recover();
    journal.commit(0);
    assert.deepEqual(journal.takeTold(), ['recovered', '1: safe']);
    const header = journal.disk.bytesOf(`${DIRECTORY}/shard-0.2.log`);
    assert.ok(header.length > 200);
  });

  it('continueIn: the records of both logs are one history, and the first is safe before the second', () => {
    const journal = new WriterJournal('always');
    journal.commit(2);
    journal.continueIn();
    journal.commit(2);
    assert.deepEqual(journal.afterKill, range(0, 4));
    journal.disk.completeLater();
    assert.deepEqual(journal.takeTold(), ['2: safe']);
    while (journal.disk.completeLater());
    assert.deepEqual(journal.takeTold(), ['4: safe']);
    assert.deepEqual(journal.afterPowerCut, range(0, 4));
  });

  it('close while a log is synced and another follows it: both are safe, and closed once', () => {
    const journal = new WriterJournal('always');
    const closed: string[] = [];
    journal.disk.faultOf = ({ name, path }) => {
      if (name === 'close') closed.push(path);
      return undefined;
    };
    journal.commit(2);
    journal.continueIn();
    journal.commit(2);
    journal.writer.close();
    assert.deepEqual(journal.afterPowerCut, range(0, 4));
    assert.deepEqual(closed, [`${DIRECTORY}/shard-0.2.log`]);
    while (journal.disk.completeLater());
    assert.deepEqual(
      closed,
      [2, 1].map((i) => `${DIRECTORY}/shard-0.${i}.log`),
    );
  });

  it('close, the sync fails: says so, throws nothing, and nothing goes on', () => {
    const journal = new WriterJournal('everysec');
    journal.commit(1);
    refuse(journal.disk, 'EIO', 'sync');
    journal.writer.close();
    assert.match(String(journal.takeTold()[1]), /^degraded: EIO/);
    assert.equal(journal.clock.timers, 0);
  });

  it('close: all that was appended is safe', () => {
    const journal = new WriterJournal('everysec');
    journal.commit(2);
    journal.append(2);
    journal.writer.close();
    assert.deepEqual(journal.afterPowerCut, range(0, 3));
    journal.clock.advance(5_000);
    assert.equal(journal.disk.completeLater(), false);
  });
});
