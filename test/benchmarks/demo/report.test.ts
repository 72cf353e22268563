import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DemoOptions } from '../../../benchmarks/demo/options.js';
import { formatTable } from '../../../benchmarks/demo/report.js';
import type { RunResult } from '../../../benchmarks/demo/run.js';

const OPTIONS: DemoOptions = { store: 'journal', clients: 10, messages: 3 };

const RESULT: RunResult = {
  subject: 'ShardedSessionStorageProvider',
  server: { restoredByProvider: 8, stallMsMax: 1, losses: [] },
  clients: {
    restored: 8,
    delivered: 23,
    resent: 20,
    restoreMsP50: 2,
    restoreMsP99: 3,
    losses: [
      { kind: 'sessions not restored', detail: 'client-1' },
      { kind: 'sessions not restored', detail: 'client-2' },
      { kind: 'clients without all their messages', detail: 'client-3' },
    ],
  },
  restart: { startToServingMs: 250.5, loadMs: 20.25 },
};

function rowsOf(result: RunResult): Map<string, string> {
  const lines = formatTable([result], OPTIONS).split('\n').slice(1);
  return new Map(lines.map((line) => line.trim().split(/ {3,}/) as [string, string]));
}

test('formatTable, something lost: how many losses, sessions and messages', () => {
  const rows = rowsOf(RESULT);
  assert.equal(rows.get('lost'), '3');
  assert.equal(rows.get('sessions'), '2');
  assert.equal(rows.get('messages'), '7');
});

test('formatTable, restarted: how long it took to serve, and to load', () => {
  const rows = rowsOf(RESULT);
  assert.equal(rows.get('restart, start to serving'), '250.50 ms');
  assert.equal(rows.get('loading the journal'), '20.25 ms');
});

test('formatTable, not restarted: nothing of a restart', () => {
  const table = formatTable([{ ...RESULT, restart: undefined }], OPTIONS);
  assert.doesNotMatch(table, /restart,|journal/);
});
