import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { CHARTS } from '../../../benchmarks/report/charts/all.js';
import type { BenchmarkReport } from '../../../benchmarks/report/results.js';
import { writeReport } from '../../../benchmarks/report/write-report.js';
import { reportOf, wholeReport } from './made-up-report.js';

async function inNewDirectory(act: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'write-report-'));
  try {
    await act(join(dir, 'not', 'there yet'));
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function readText(dir: string, file: string): Promise<string> {
  return readFile(join(dir, file), 'utf8');
}

test('writeReport, whole report: results as JSON, tables, all pictures; tells the paths', () =>
  inNewDirectory(async (dir) => {
    const report = wholeReport();
    const paths = await writeReport(report, dir);

    const files = ['results.json', 'results.md', ...CHARTS.map(({ file }) => file)];
    assert.deepEqual((await readdir(dir)).sort(), files.sort());
    assert.deepEqual(paths.map((path) => basename(path)).sort(), files);
    const read: BenchmarkReport = JSON.parse(await readText(dir, 'results.json'));
    assert.deepEqual(read, JSON.parse(JSON.stringify(report)));
    const tables = await readText(dir, 'results.md');
    for (const { file } of CHARTS) assert(tables.includes(`](${file})`), file);
  }));

test('writeReport, report without results: no pictures, and tables that say so', () =>
  inNewDirectory(async (dir) => {
    await writeReport(reportOf([]), dir);

    assert.deepEqual((await readdir(dir)).sort(), ['results.json', 'results.md']);
    const tables = await readText(dir, 'results.md');
    assert.match(tables, /^Nothing was measured\.$/m);
    assert.match(tables, /^Pictures for which there are no results: event-loop-delay\.svg, /m);
  }));
