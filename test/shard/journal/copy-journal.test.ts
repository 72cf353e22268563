import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { copyJournal } from '../../../src/shard/journal/copy-journal.js';
import { SimulatedDisk } from '../../twins/simulated-disk.js';

const FROM = '/journal/epoch-1';
const TO = '/journal/epoch-9';
const LOSES_ALL = { reaches: () => false, bytesOf: () => 0 };

function setUp(files: Record<string, string>) {
  const disk = new SimulatedDisk();
  for (const [name, text] of Object.entries(files)) {
    disk.setBytes(`${FROM}/${name}`, Buffer.from(text));
  }
  const copy = () =>
    copyJournal({ disk, from: { directory: FROM, shards: 12 }, to: { directory: TO, shards: 12 } });
  const copied = (from: SimulatedDisk = disk) =>
    Object.fromEntries(
      from.list(TO).map((name) => [name, from.bytesOf(`${TO}/${name}`).toString()]),
    );
  return { disk, copy, copied };
}

const FILES = {
  'shard-0.3.snapshot': 'snapshot 0',
  'shard-0.3.log': 'log 0.3',
  'shard-0.4.log': 'log 0.4',
  'shard-11.1.log': 'log 11.1',
};
const OTHERS = { 'shard-0.5.snapshot.tmp': 'unfinished', 'shard-0.2.log.damaged': 'damaged' };

describe('copyJournal', () => {
  it('the files of all shards and no others, safe from a power cut; the old ones stay', () => {
    const { disk, copy, copied } = setUp({ ...FILES, ...OTHERS });
    copy();
    assert.deepEqual(copied(), FILES);
    assert.deepEqual(copied(disk.afterPowerCut(LOSES_ALL)), FILES);
    assert.equal(disk.list(FROM).length, 6);
  });

  it('a log is another file, to which those who have the old one open do not write; a snapshot is the same', () => {
    const { disk, copy, copied } = setUp(FILES);
    const [log, snapshot] = ['shard-0.4.log', 'shard-0.3.snapshot'];
    const open = disk.open(`${FROM}/${log}`);
    copy();
    open.write(Buffer.from('XXXX'), 0, 4, 0);
    assert.deepEqual(copied(), FILES);
    assert.notEqual(disk.open(`${TO}/${log}`).identity(), open.identity());
    const one = disk.open(`${FROM}/${snapshot}`).identity();
    assert.equal(disk.open(`${TO}/${snapshot}`).identity(), one);
  });

  it('a compaction takes place meanwhile: only what is there after it is copied', () => {
    const { disk, copy, copied } = setUp(FILES);
    let copies = 0;
    disk.onChange = ({ name }) => {
      if (name !== 'copy' || ++copies !== 2) return;
      disk.onChange = () => {};
      disk.setBytes(`${FROM}/shard-0.5.log`, Buffer.from('log 0.5'));
      disk.setBytes(`${FROM}/shard-0.5.snapshot`, Buffer.from('snapshot 5'));
      for (const old of ['3.snapshot', '3.log', '4.log']) disk.remove(`${FROM}/shard-0.${old}`);
    };
    copy();
    assert.deepEqual(copied(), {
      'shard-0.5.log': 'log 0.5',
      'shard-0.5.snapshot': 'snapshot 5',
      'shard-11.1.log': 'log 11.1',
    });
  });

  it('what an earlier try has left is not in it', () => {
    const { disk, copy, copied } = setUp(FILES);
    disk.setBytes(`${TO}/shard-3.1.log`, Buffer.from('left over'));
    copy();
    assert.deepEqual(copied(), FILES);
  });

  it('the disk fails at any call: throws it, and can be done again', () => {
    for (let from = 0, hasFailed = true; hasFailed; from++) {
      const { disk, copy, copied } = setUp(FILES);
      hasFailed = false;
      disk.faultOf = ({ index }) => {
        if (index !== from) return undefined;
        hasFailed = true;
        return 'ENOSPC';
      };
      try {
        copy();
        assert.equal(hasFailed, false);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'ENOSPC');
        copy();
      }
      disk.faultOf = () => undefined;
      assert.deepEqual(copied(), FILES);
    }
  });

  it('names change each time: ends after a bounded number of tries', () => {
    const { disk, copy, copied } = setUp(FILES);
    let tries = 0;
    disk.onChange = ({ name, path }) => {
      if (name !== 'copy' || !path.endsWith('shard-11.1.log')) return;
      disk.setBytes(`${FROM}/shard-2.${++tries}.log`, Buffer.from('x'));
    };
    copy();
    assert(tries > 10 && tries < 1_000, `${tries}`);
    assert.equal(copied()['shard-11.1.log'], 'log 11.1');
  });
});
