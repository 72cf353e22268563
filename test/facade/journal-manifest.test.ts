import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import {
  assertKey,
  keyIdFor,
  readManifest,
  writeManifest,
} from '../../src/facade/journal-manifest.js';
import type { JournalManifest } from '../../src/facade/manifest-text.js';
import { manifestPath } from '../../src/shard/journal/lock-files.js';
import { SEED_BYTES } from '../../src/slots.js';
import { Random } from '../simulation/random.js';
import { SimulatedDisk } from '../twins/simulated-disk.js';

const DIRECTORY = '/journal';
const DRAFTS = '/journal/holder-1';
const PATH = manifestPath(DIRECTORY);
const KEY = new Uint8Array(32).fill(7);
const OTHER_KEY = new Uint8Array(32).fill(8);
const SEED = 'ab'.repeat(SEED_BYTES);
const OLD: JournalManifest = {
  shards: 3,
  seed: Buffer.from(SEED, 'hex'),
  epoch: 1,
  keyId: null,
  fileSetId: 9,
  hasOlderFiles: false,
  generations: [0, 0, 0],
};
const NEW = { ...OLD, shards: 5, epoch: 2, keyId: keyIdFor(KEY), generations: [1, 1, 1, 1, 1] };

function diskWith(manifest: JournalManifest): SimulatedDisk {
  const disk = new SimulatedDisk();
  writeManifest(disk, DIRECTORY, manifest, DRAFTS);
  return disk;
}

function diskWithText(text: string): SimulatedDisk {
  const disk = new SimulatedDisk();
  disk.setBytes(PATH, Buffer.from(text));
  return disk;
}

describe('writeManifest', () => {
  it('gives what readManifest reads, also when the disk takes one byte at a time', () => {
    for (const manifest of [OLD, NEW]) {
      const disk = new SimulatedDisk();
      disk.writeBytesMax = 1;
      writeManifest(disk, DIRECTORY, manifest, DRAFTS);
      assert.deepEqual(readManifest(disk, DIRECTORY), manifest);
      assert.deepEqual(disk.list(DIRECTORY), ['manifest.json']);
    }
  });

  it('power cut at every step: the old manifest, or the new one, which stays once it has returned', () => {
    const found = new Set<number>();
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const cut = {
        reaches: () => random.chance(0.5),
        bytesOf: (length: number) => random.between(0, length),
      };
      const disk = diskWith(OLD);
      const afterCut = () => readManifest(disk.afterPowerCut(cut), DIRECTORY);
      disk.onChange = () => {
        const manifest = afterCut();
        assert.deepEqual(manifest, manifest?.epoch === 1 ? OLD : NEW);
        found.add(manifest?.epoch ?? 0);
      };
      writeManifest(disk, DIRECTORY, NEW, DRAFTS);
      assert.deepEqual(afterCut(), NEW);
    }
    assert.deepEqual([...found].sort(), [1, 2]);
  });

  it('each call of the disk fails: the old manifest or the new one is there, and it may be tried again', () => {
    let hasFailed = true;
    let calls = 0;
    for (; hasFailed; calls++) {
      const disk = diskWith(OLD);
      const failing = disk.calls + calls;
      hasFailed = false;
      disk.faultOf = ({ index }) => {
        if (index !== failing) return undefined;
        hasFailed = true;
        return 'EIO';
      };
      try {
        writeManifest(disk, DIRECTORY, NEW, DRAFTS);
        assert(!hasFailed);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'EIO');
      }
      disk.faultOf = () => undefined;
      const manifest = readManifest(disk, DIRECTORY);
      assert.deepEqual(manifest, manifest?.epoch === 1 ? OLD : NEW);
      writeManifest(disk, DIRECTORY, NEW, DRAFTS);
      assert.deepEqual(readManifest(disk, DIRECTORY), NEW);
      assert.deepEqual(disk.list(DIRECTORY), ['manifest.json']);
    }
    assert(calls > 6, String(calls));
  });
});

describe('readManifest', () => {
  it('there is none: undefined; there may be one that was not finished', () => {
    const disk = new SimulatedDisk();
    assert.equal(readManifest(disk, DIRECTORY), undefined);
    disk.setBytes(`${PATH}.tmp`, Buffer.from('{'));
    assert.equal(readManifest(disk, DIRECTORY), undefined);
  });

  it('it cannot be opened: that is not that there is none', () => {
    const disk = diskWith(OLD);
    disk.faultOf = () => 'EACCES';
    assert.throws(() => readManifest(disk, DIRECTORY), { code: 'EACCES' });
  });

  it('more than a manifest is long: ERR_JOURNAL_CORRUPT', () => {
    const text = `${' '.repeat(40_000)}${diskWith(OLD).bytesOf(PATH)}`;
    assert.throws(() => readManifest(diskWithText(text), DIRECTORY), {
      code: 'ERR_JOURNAL_CORRUPT',
    });
  });

  it('1,024 shards that have all been compacted for ever: is read', () => {
    const generations = new Array<number>(1_024).fill(2 ** 32 - 1);
    const manifest = { ...OLD, shards: 1_024, generations };
    assert.deepEqual(readManifest(diskWith(manifest), DIRECTORY), manifest);
  });
});

describe('assertKey', () => {
  const PLAIN = { keyId: null };
  const ENCRYPTED = { keyId: keyIdFor(KEY) };

  it('the key of the journal, or none for one that is not encrypted: nothing', () => {
    assertKey(DIRECTORY, PLAIN, undefined);
    assertKey(DIRECTORY, ENCRYPTED, KEY);
  });

  for (const [what, manifest, key, message] of [
    ['no key', ENCRYPTED, undefined, /expected the key it is encrypted with, got none/],
    ['another key', ENCRYPTED, OTHER_KEY, /expected the key it is encrypted with, got another one/],
    ['a key for one that is not encrypted', PLAIN, KEY, /expected none, .* got one/],
  ] as const) {
    it(`${what}: ERR_JOURNAL_KEY, which does not say the key`, () => {
      assert.throws(
        () => assertKey(DIRECTORY, manifest, key),
        (error: Error & { code: string }) => {
          assert.equal(error.code, 'ERR_JOURNAL_KEY');
          assert.match(error.message, message);
          assert(error.message.includes(DIRECTORY));
          assert.doesNotMatch(error.message, /0707|0808|[0-9a-f]{16}/);
          return true;
        },
      );
    });
  }
});
