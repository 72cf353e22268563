import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMarkdown } from '../../../benchmarks/report/markdown.js';
import { reportOf, resultOf, wholeReport } from './made-up-report.js';

function linesOf(text: string): string[] {
  return text.split('\n');
}

test('formatMarkdown, environment: all of it stands on top', () => {
  const [title, , ...rest] = linesOf(formatMarkdown(reportOf([]), []));

  assert.equal(title, '# Benchmark results');
  assert.deepEqual(rest.slice(0, 6), [
    '- machine: Example 3000, 4 cores, 16.0 GB, linux 6.1',
    '- load: 0.3 processes in the minute before',
    '- Node.js: v20.20.0',
    '- versions: lmdb 3.5.6, redis-server 7.0.15',
    '- commit: abcdef0',
    '- date: 2026-01-02T03:04:05.000Z',
  ]);
});

test('formatMarkdown, subjects of a scenario: ours first, medians with spread and ratio to ours', () => {
  const lines = linesOf(
    formatMarkdown(
      reportOf([
        resultOf('memory/1M stored/zebra', { rssBytesPerSession: 1_000 }),
        resultOf('memory/1M stored/built-in', { rssBytesPerSession: 600 }),
        resultOf('memory/1M stored/sharded', { rssBytesPerSession: 200, heapBytesPerSession: 1 }),
      ]),
      [],
    ),
  );

  const head = lines.findIndex((line) => line.includes('process memory per session, B'));
  assert.equal(lines[head - 2], '### 1M stored');
  assert.deepEqual(lines.slice(head + 2, head + 5), [
    '| **sharded** | 200 (180–220) | 1.00 (0.90–1.10) | 2 |',
    '| built-in | 600 (540–660) · 3.00x |  | 2 |',
    '| zebra | 1,000 (900–1,100) · 5.00x |  | 2 |',
  ]);
});

test('formatMarkdown, scenario that nobody knows: its metrics as they are', () => {
  const text = formatMarkdown(reportOf([resultOf('brand new/tiny/sharded', { oddThing: 7 })]), []);

  assert.match(text, /^## brand new$/m);
  assert.match(text, /^\| {2}\| odd thing \| runs \|$/m);
});

test('formatMarkdown, goals: goal, measured, verdict, best peer and ratio', () => {
  const text = formatMarkdown(wholeReport(), []);

  assert.match(
    text,
    /^\| main-thread CPU .* \| at most 4 µs \| 4\.20 µs \| not reached \| 3M stored \|/m,
  );
  assert.match(text, /\| built-in: 10\.1 µs \| 2\.40x \|$/m);
  assert.match(text, /^\| worst event-loop stall .* \| 4\.10 ms \| reached \|/m);
  assert.match(text, /^\| journal always: .* \| at least 100 k\/s, 2x the best peer \|/m);
  assert.match(text, /^\| codec, pack .* \| at most 1\.6 µs \| {2}\| not measured \|/m);
});

test('formatMarkdown, skips: why, in one line of a table', () => {
  const lines = linesOf(formatMarkdown(wholeReport(), []));

  assert(lines.includes('| churn | all | ioredis | redis-server is not installed |'));
  assert(lines.includes('| load | 3M stored | memorystore | a \\| died so |'));
});

test('formatMarkdown, what is missing: named in a line', () => {
  const text = formatMarkdown(wholeReport(), [], ['memory.svg']);

  assert.match(
    text,
    /^Scenarios without results: storm, journal, synced, restart, redis, latency, codec, micro\.$/m,
  );
  assert.match(text, /^Pictures for which there are no results: memory\.svg\.$/m);
});

test('formatMarkdown, pictures: shown with their titles', () => {
  const text = formatMarkdown(wholeReport(), [{ file: 'a.svg', title: 'A title' }]);

  assert.match(text, /^!\[A title\]\(a\.svg\)$/m);
  assert.doesNotMatch(text, /Pictures for which/);
});

test('formatMarkdown, quick run: says that its figures mean nothing, and judges none', () => {
  const { environment, results } = wholeReport();
  const full = formatMarkdown(reportOf(results), []);
  const quick = formatMarkdown(
    reportOf(results, { environment: { ...environment, quick: true } }),
    [],
  );

  assert.match(quick, /A quick run/);
  assert.match(quick, /not measured/);
  assert.doesNotMatch(quick, /reached/);
  assert.match(full, /reached/);
  assert.doesNotMatch(full, /A quick run/);
});
