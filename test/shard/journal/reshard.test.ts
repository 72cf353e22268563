import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FILE_HEADER_BYTES } from '../../../src/shard/journal/file-header.js';
import { type JournalSource, NO_FAULTS } from '../../../src/shard/journal/reshard.js';
import { SimulatedDisk } from '../../twins/simulated-disk.js';
import { DAY_MS, Journaled } from '../journaled.js';
import {
  loadStates,
  move,
  NEW,
  OLD,
  openStores,
  placeOf,
  type State,
  writeSessions,
} from './resharded.js';
import { OTHER_BOOT_ID } from './written-journal.js';

const KEY = new Uint8Array(32).fill(7);
const NOTHING_REACHES = { reaches: () => false, bytesOf: () => 0 };

function old(shards: number): JournalSource {
  return placeOf(OLD, shards);
}

function new_(shards: number): JournalSource {
  return placeOf(NEW, shards);
}

function filesIn(disk: SimulatedDisk, directory: string): Map<string, Buffer> {
  const names = disk.list(directory).sort();
  return new Map(names.map((name) => [name, Buffer.from(disk.bytesOf(`${directory}/${name}`))]));
}

/** How many sessions there are of the kinds that must not be missing. */
function kindsOf(states: ReadonlyMap<string, State>) {
  const all = [...states.values()];
  return {
    active: all.filter(({ isActive }) => isActive).length,
    ended: all.filter(({ isEnded }) => isEnded).length,
    large: all.filter(({ value }) => value.length > 100_000).length,
  };
}

describe('reshard', () => {
  for (const from of [1, 2, 3, 7]) {
    for (const to of [1, 2, 3, 7]) {
      it(`${from} to ${to} shards and back: each session is in the shard that owns its slot, as it was`, () => {
        const disk = new SimulatedDisk();
        const states = writeSessions({ disk }, old(from), 300);
        const { active, ended, large } = kindsOf(states);
        assert.ok(states.size > 250 && active > 50 && ended > 30, `${states.size}`);
        assert.ok(large > 2, `${large}`);
        const report = move({ disk }, old(from), new_(to));
        const expected = { sessions: states.size, tornBytes: 0, droppedBytes: 0 };
        assert.deepEqual(report, { ...NO_FAULTS, ...expected });
        assert.deepEqual(loadStates({ disk }, new_(to)), states);
        const back = placeOf('/journal/epoch-3', from);
        assert.deepEqual(move({ disk }, new_(to), back), report);
        assert.deepEqual(loadStates({ disk }, back), states);
      });
    }
  }

  it('1,024 shards, from 3 and to 5: each session is as it was', () => {
    const disk = new SimulatedDisk();
    const states = writeSessions({ disk }, old(3), 300);
    move({ disk }, old(3), new_(1024));
    assert.equal(disk.list(NEW).length, 2 * 1024);
    const last = placeOf('/journal/epoch-3', 5);
    assert.equal(move({ disk }, new_(1024), last).sessions, states.size);
    assert.deepEqual(loadStates({ disk }, last), states);
  });

  it('shards in which nothing is, and in which nothing ever was: the new ones are empty and load', () => {
    const disk = new SimulatedDisk();
    writeSessions({ disk }, old(2), 0);
    assert.equal(move({ disk }, old(3), new_(2)).sessions, 0);
    assert.equal(loadStates({ disk }, new_(2)).size, 0);
  });

  it('encrypted: each session is as it was, no id and no value is in the files', () => {
    const disk = new SimulatedDisk();
    const given = { disk, encryptionKey: KEY };
    const states = writeSessions(given, old(2), 200);
    move(given, old(2), new_(3));
    // So long that nothing encrypted has them by chance.
    for (const text of ['value \xff', 'large 7 large', '-cdef-fedc-']) {
      const has = [...filesIn(disk, NEW).values()].some((bytes) =>
        bytes.includes(text, 0, 'latin1'),
      );
      assert.equal(has, false, text);
    }
    assert.throws(() => loadStates({ disk }, new_(3)), { code: 'ERR_JOURNAL_CORRUPT' });
    assert.deepEqual(loadStates(given, new_(3)), states);
  });

  it('what is done and compacted in the new shards goes on from there', async () => {
    const journaled = new Journaled();
    const { disk, store } = journaled;
    store.setInactiveValue(5, 'kept', 'one', journaled.inMs(DAY_MS));
    store.setInactiveValue(5, 'amended', 'two', journaled.inMs(DAY_MS));
    journaled.commit();
    move({ disk }, placeOf('/journal', 1), new_(2));
    // Slot 5 of all is slot 2 of the second of two.
    const [, second] = openStores({ disk, clock: journaled.clock }, new_(2));
    assert.ok(second !== undefined);
    assert.equal(second.amend(2, 'amended', 'two', '+three'), true);
    second.compact();
    second.commit(false, () => {});
    await journaled.settle();
    const [, again] = openStores({ disk, clock: journaled.clock }, new_(2));
    assert.equal(again?.get(2, 'amended', journaled.inMs(9)), 'two+three');
    assert.equal(again?.get(2, 'kept', journaled.inMs(9)), 'one');
  });

  it('large sessions in one slot: are written as they come, and not kept till all are there', () => {
    const disk = new SimulatedDisk();
    const [store] = openStores({ disk }, old(1));
    for (let i = 0; i < 30; i++) store?.set(5, `id-${i}`, 'x'.repeat(100_000), 2e12);
    store?.commit(false, () => {});
    let longest = 0;
    const create = disk.create.bind(disk);
    disk.create = (path) => {
      const file = create(path);
      return {
        ...file,
        write: (bytes, offset, length, position) => {
          longest = Math.max(longest, length);
          return file.write(bytes, offset, length, position);
        },
      };
    };
    assert.equal(move({ disk }, old(1), new_(2)).sessions, 30);
    assert.ok(longest > 100_000 && longest < 2 ** 20 + 101_000, `${longest}`);
  });

  it('killed or without power at any call of the disk: the old files are as they were', () => {
    const disk = new SimulatedDisk();
    const states = writeSessions({ disk }, old(3), 60);
    const before = disk.settled();
    const files = filesIn(before, OLD);
    let calls = 0;
    const check = (left: SimulatedDisk): void => {
      assert.deepEqual(filesIn(left, OLD), files);
      assert.deepEqual(loadStates({ disk: left }, old(3)), states);
    };
    before.onChange = () => {
      calls++;
      check(before.afterKill());
      check(before.afterPowerCut(NOTHING_REACHES));
    };
    move({ disk: before }, old(3), new_(2));
    assert.ok(calls > 60, `${calls}`);
    check(before.afterKill());
  });

  it('the disk fails at any call: throws it, the old files are as they were, and it can be done again', () => {
    const disk = new SimulatedDisk();
    const states = writeSessions({ disk }, old(2), 30);
    const files = filesIn(disk, OLD);
    for (let failing = 0; ; failing++) {
      const left = disk.afterKill();
      left.faultOf = ({ index, name }) =>
        index === failing && name !== 'close' ? 'ENOSPC' : undefined;
      let fault: unknown;
      try {
        move({ disk: left }, old(2), new_(3));
      } catch (error) {
        fault = error;
      }
      if (fault === undefined && left.calls <= failing) break;
      if (fault !== undefined) assert.match(String(fault), /ENOSPC/);
      left.faultOf = () => undefined;
      assert.deepEqual(filesIn(left, OLD), files);
      left.remove(NEW);
      move({ disk: left }, old(2), new_(3));
      assert.deepEqual(loadStates({ disk: left }, new_(3)), states);
    }
  });

  it('power cut at once after it: all of the new files is there', () => {
    const disk = new SimulatedDisk();
    const states = writeSessions({ disk }, old(3), 60);
    disk.writeBytesMax = 1_000;
    const changes: string[] = [];
    disk.onChange = ({ name, path }) => changes.push(`${name} ${path}`);
    move({ disk }, old(3), new_(2));
    // The disk in memory has no names of directories.
    assert.deepEqual(changes.slice(-2), [`syncDirectory ${NEW}`, 'syncDirectory /journal']);
    const left = disk.afterPowerCut(NOTHING_REACHES);
    assert.deepEqual(loadStates({ disk: left }, new_(2)), states);
  });

  it('any byte of a new file is lost or changed later: is damage, and not less', () => {
    const disk = new SimulatedDisk();
    writeSessions({ disk }, old(1), 40);
    move({ disk }, old(1), new_(2));
    fc.assert(
      fc.property(fc.constantFrom(0, 1), fc.nat(), (shard, place) => {
        const path = `${NEW}/shard-${shard}.1.snapshot`;
        const bytes = Buffer.from(disk.bytesOf(path));
        const at = FILE_HEADER_BYTES + (place % (bytes.length - FILE_HEADER_BYTES));
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] as number) ^ 0x20;
        for (const damaged of [flipped, bytes.subarray(0, at)]) {
          const left = disk.afterKill();
          left.setBytes(path, damaged);
          assert.throws(() => loadStates({ disk: left }, new_(2)), { code: 'ERR_JOURNAL_CORRUPT' });
        }
      }),
    );
  });

  describe('old files that are not whole', () => {
    function lastLog(disk: SimulatedDisk, shard: number): string {
      const names = disk.list(OLD).filter((name) => name.startsWith(`shard-${shard}.`));
      return `${OLD}/${names.sort().at(-1)}`;
    }

    it('a torn end: says how much, moves what is before, changes nothing', () => {
      const disk = new SimulatedDisk();
      const states = writeSessions({ disk }, old(2), 60);
      const path = lastLog(disk, 1);
      disk.setBytes(path, Buffer.concat([disk.bytesOf(path), Buffer.alloc(77)]));
      const files = filesIn(disk, OLD);
      assert.equal(move({ disk }, old(2), new_(3)).tornBytes, 77);
      assert.deepEqual(filesIn(disk, OLD), files);
      assert.deepEqual(loadStates({ disk }, new_(3)), states);
    });

    it('a log that was torn and one behind it that was never begun: both count', () => {
      const disk = new SimulatedDisk();
      writeSessions({ disk }, old(1), 10);
      loadStates({ disk }, old(1));
      const path = lastLog(disk, 0);
      disk.setBytes(path, Buffer.concat([disk.bytesOf(path), Buffer.alloc(5)]));
      disk.setBytes(`${OLD}/shard-0.3.log`, Buffer.alloc(FILE_HEADER_BYTES));
      const options = { bootId: OTHER_BOOT_ID };
      assert.equal(move({ disk }, old(1), new_(2), options).tornBytes, 5);
    });

    it('damage: refuses; with repair moves the others, says how much, and the old files stay damaged', () => {
      const disk = new SimulatedDisk();
      const states = writeSessions({ disk }, old(2), 60);
      const bytes = disk.bytesOf(lastLog(disk, 1));
      const at = FILE_HEADER_BYTES + 20;
      bytes[at] = (bytes[at] as number) ^ 1;
      const files = filesIn(disk, OLD);
      assert.throws(() => move({ disk }, old(2), new_(3)), { code: 'ERR_JOURNAL_CORRUPT' });
      disk.remove(NEW);
      const report = move({ disk }, old(2), new_(3), { repair: true });
      assert.ok(report.isRepaired && report.droppedBytes > 30, `${report.droppedBytes}`);
      assert.deepEqual(filesIn(disk, OLD), files);
      const kept = loadStates({ disk }, new_(3));
      assert.equal(kept.size, report.sessions);
      assert.ok(kept.size >= states.size - 1 && kept.size > 0);
    });
  });
});
