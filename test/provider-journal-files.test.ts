import assert from 'node:assert/strict';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type JournalStoreChoice, ShardedSessionStorageProvider } from '../src/index.js';
import { createSession } from './twins/test-provider.js';

const SESSIONS = 100;
const SWAPPED = /^shard-([01])\./;

/** What the process warned of while this ran. */
async function warningsOf(act: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  const listen = ({ message }: Error): unknown => warnings.push(message);
  process.on('warning', listen);
  await act();
  // Warnings are emitted in a later turn.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listen);
  return warnings;
}

describe('a provider whose journal lacks files, or has those of another', () => {
  let root: string;
  let directory: string;
  let epoch: string;
  // A provider on which nobody waits lets the process end.
  let hold: NodeJS.Timeout;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'jstp-journal-files-'));
    directory = join(root, 'journal');
    epoch = join(directory, 'epoch-1');
    hold = setInterval(() => {}, 60_000);
  });

  afterEach(() => {
    clearInterval(hold);
    rmSync(root, { recursive: true });
  });

  /** Runs a provider until `act` has ended; rejects as its `ready` does. */
  async function run(
    act: (provider: ShardedSessionStorageProvider) => Promise<unknown>,
    shards: number,
    store: Partial<JournalStoreChoice> = {},
  ): Promise<void> {
    const provider = new ShardedSessionStorageProvider({
      shards,
      requestTimeout: 30_000,
      store: { kind: 'journal', directory, ...store },
    });
    provider.on('error', () => {});
    try {
      await provider.ready;
      await act(provider);
    } finally {
      await provider.close();
    }
  }

  async function fill(provider: ShardedSessionStorageProvider): Promise<void> {
    const stored = Array.from({ length: SESSIONS }, (_, i) =>
      provider.set(`id-${i}`, createSession({ i })),
    );
    await Promise.all(stored);
  }

  function removeShard(shard: number): void {
    for (const name of readdirSync(epoch)) {
      if (name.startsWith(`shard-${shard}.`)) rmSync(join(epoch, name));
    }
  }

  function filesOf(path: string): [string, string][] {
    const names = readdirSync(path).sort();
    return names.map((name) => [name, readFileSync(join(path, name), 'hex')]);
  }

  for (const shards of [1, 2, 7]) {
    it(`${shards} shards, the files of one are missing: ERR_JOURNAL_CORRUPT; repair: the others' sessions and a warning`, async () => {
      await run(fill, shards);
      removeShard(0);
      const message =
        /epoch-1: expected files of shard 0 up to generation 1 or a later one, got no/;
      const expected = { code: 'ERR_JOURNAL_CORRUPT', message };
      await assert.rejects(
        run(async () => {}, shards),
        expected,
      );
      // More starts of as many workers show nothing else.
      if (shards === 7) return;
      let left = 0;
      const warnings = await warningsOf(() =>
        run(
          async (provider) => {
            left = await provider.size();
          },
          shards,
          { repair: true },
        ),
      );
      assert.ok(shards === 1 ? left === 0 : left > 0 && left < SESSIONS, `${left}`);
      assert.ok(
        warnings.some((text) => /shard 0 .* was damaged/.test(text)),
        warnings.join('\n'),
      );
      // The repair is complete.
      await run(async (provider) => assert.equal(await provider.size(), left), shards);
    });
  }

  it('files of two shards are swapped: ERR_JOURNAL_CORRUPT, and no file that was there is changed', async () => {
    await run(fill, 2);
    for (const name of readdirSync(epoch)) {
      const swapped = name.replace(SWAPPED, (_, shard) => `swapped-${1 - Number(shard)}.`);
      renameSync(join(epoch, name), join(epoch, swapped));
    }
    for (const name of readdirSync(epoch)) {
      renameSync(join(epoch, name), join(epoch, name.replace('swapped', 'shard')));
    }
    const before = filesOf(epoch);
    await assert.rejects(
      run(async () => {}, 2),
      { code: 'ERR_JOURNAL_CORRUPT' },
    );
    assert.deepEqual(filesOf(epoch), before);
  });

  it('files of another journal: ERR_JOURNAL_CORRUPT; of a copy of the whole directory: all is there', async () => {
    await run(fill, 2);
    const copy = join(root, 'copy');
    cpSync(directory, copy, { recursive: true });
    directory = copy;
    await run(async (provider) => assert.equal(await provider.size(), SESSIONS), 2);
    directory = join(root, 'other');
    await run(fill, 2);
    rmSync(join(directory, 'epoch-1'), { recursive: true });
    cpSync(epoch, join(directory, 'epoch-1'), { recursive: true });
    const message = /expected shard-[01]\.1\.log of file set/;
    await assert.rejects(
      run(async () => {}, 2),
      { code: 'ERR_JOURNAL_CORRUPT', message },
    );
  });

  it('a shard is missing when the journal is moved to other shards: ERR_JOURNAL_CORRUPT, and the files stay', async () => {
    await run(fill, 3);
    removeShard(2);
    const before = filesOf(epoch);
    await assert.rejects(
      run(async () => {}, 2),
      { code: 'ERR_JOURNAL_CORRUPT' },
    );
    assert.deepEqual(filesOf(epoch), before);
  });

  it('the manifest has a wrong bit: ERR_JOURNAL_CORRUPT; with the right one again all is there', async () => {
    await run(fill, 2);
    const path = join(directory, 'manifest.json');
    const right = readFileSync(path);
    const wrong = Buffer.from(right);
    const at = right.indexOf('"epoch": ') + 9;
    wrong[at] = (wrong[at] as number) ^ 2;
    writeFileSync(path, wrong);
    await assert.rejects(
      run(async () => {}, 2),
      { code: 'ERR_JOURNAL_CORRUPT', message: /checksum/ },
    );
    writeFileSync(path, right);
    await run(async (provider) => assert.equal(await provider.size(), SESSIONS), 2);
  });
});
