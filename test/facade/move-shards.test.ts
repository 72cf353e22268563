import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runOnThisThread } from '../../src/disk-task.js';
import { moveShards } from '../../src/facade/move-shards.js';
import { NodeDisk } from '../../src/node-disk.js';
import { type JournalSource, NO_FAULTS } from '../../src/shard/journal/reshard.js';
import { loadStates, placeOf, writeSessions } from '../shard/journal/resharded.js';

const realDisk = new NodeDisk({ runLater: runOnThisThread });

const root = mkdtempSync(join(tmpdir(), 'move-shards-'));
after(() => rmSync(root, { recursive: true }));
const KEY = new Uint8Array(32).fill(9);

function place(name: string, shards: number): JournalSource {
  return placeOf(join(root, name), shards);
}

function make(name: string, shards: number): JournalSource {
  mkdirSync(join(root, name));
  return place(name, shards);
}

for (const encryptionKey of [undefined, KEY]) {
  const how = encryptionKey === undefined ? 'plain' : 'encrypted';
  test(`${how} files, 3 shards to 2 on a worker: each session is as it was, the old files stay`, async () => {
    const given = { disk: realDisk, encryptionKey };
    const from = make(`${how}-1`, 3);
    const to = place(`${how}-2`, 2);
    const states = writeSessions(given, from, 300);
    const names = readdirSync(from.directory);
    const report = await moveShards({ from, to, encryptionKey, repair: false });
    const expected = { sessions: states.size, ...NO_FAULTS };
    assert.deepEqual(report, expected);
    assert.deepEqual(readdirSync(from.directory), names);
    assert.deepEqual(loadStates(given, to), states);
    assert.deepEqual(loadStates(given, from), states);
  });
}

test('new directory and files are for their owner alone', async () => {
  const to = place('mode', 2);
  await moveShards({ from: make('none', 1), to, encryptionKey: undefined, repair: false });
  assert.equal(statSync(to.directory).mode & 0o777, 0o700);
  for (const name of readdirSync(to.directory)) {
    assert.equal(statSync(join(to.directory, name)).mode & 0o777, 0o600);
  }
});

test('damage: rejects with its code and the path, told once', async () => {
  const from = make('damaged', 1);
  const states = writeSessions({ disk: realDisk }, from, 10);
  assert.ok(states.size > 0);
  const path = join(from.directory, 'shard-0.1.log');
  writeFileSync(path, Buffer.alloc(300, 1), { flag: 'r+' });
  const moved = moveShards({ from, to: place('to', 2), encryptionKey: undefined, repair: false });
  await assert.rejects(moved, (error) => {
    const { name, code, message } = error as { name: string; code: string; message: string };
    assert.deepEqual([name, code], ['SessionStorageError', 'ERR_JOURNAL_CORRUPT']);
    assert.ok(message.startsWith(`The journal is damaged: ${path}: expected`), message);
    return true;
  });
});

test('old directory that is not there: rejects with ERR_JOURNAL_UNAVAILABLE and what the system said', async () => {
  const options = { from: place('missing', 1), to: place('never', 2), repair: false };
  await assert.rejects(moveShards({ ...options, encryptionKey: undefined }), {
    name: 'SessionStorageError',
    code: 'ERR_JOURNAL_UNAVAILABLE',
    message: /ENOENT.*missing/,
  });
});

for (const isBegun of [false, true]) {
  test(`a move that is ended ${isBegun ? 'while it is under way' : 'before it begins'}: rejects, the old files stay`, async () => {
    const from = make(`ended-${isBegun}`, 3);
    const given = { disk: realDisk };
    const states = writeSessions(given, from, 300);
    const to = place(`ended-${isBegun}-to`, 2);
    const end = new AbortController();
    if (!isBegun) end.abort();
    const moved = moveShards({ from, to, encryptionKey: undefined, repair: false }, end.signal);
    end.abort();
    await assert.rejects(moved, { code: 'ERR_JOURNAL_UNAVAILABLE' });
    assert.deepEqual(loadStates(given, from), states);
  });
}

test('what no worker can be given: rejects with ERR_JOURNAL_UNAVAILABLE', async () => {
  const options = { from: place('a', 1), to: place('b', 2), encryptionKey: undefined };
  await assert.rejects(moveShards({ ...options, repair: (() => true) as never }), {
    code: 'ERR_JOURNAL_UNAVAILABLE',
    message: /could not be cloned/,
  });
});
