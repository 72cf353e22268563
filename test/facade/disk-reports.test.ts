import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskReports } from '../../src/facade/disk-reports.js';

const DEGRADED = { kind: 'degraded', reason: 'EIO' } as const;
const RECOVERED = { kind: 'recovered' } as const;

test('a worker that fails and recovers: both are told', () => {
  const reports = new DiskReports();
  assert.equal(reports.hasRecovered(1), false);
  assert.equal(reports.isNews(DEGRADED, 1), true);
  assert.equal(reports.isNews(RECOVERED, 1), true);
  assert.equal(reports.isNews(DEGRADED, 1), true);
});

test('a worker that ends while its disk fails: its successor serves, and has recovered, once', () => {
  const reports = new DiskReports();
  reports.isNews(DEGRADED, 1);
  assert.equal(reports.hasRecovered(2), true);
  assert.equal(reports.hasRecovered(3), false);
});

test('a successor whose disk fails at its start: nothing is told until it recovers', () => {
  const reports = new DiskReports();
  reports.isNews(DEGRADED, 1);
  assert.equal(reports.isNews(DEGRADED, 2), false);
  assert.equal(reports.hasRecovered(2), false);
  assert.equal(reports.isNews(RECOVERED, 2), true);
});

test('a successor whose disk fails ends at its start: the next one has recovered', () => {
  const reports = new DiskReports();
  reports.isNews(DEGRADED, 1);
  reports.isNews(DEGRADED, 2);
  assert.equal(reports.hasRecovered(3), true);
});

test('a warning: is told, whatever the disk does', () => {
  const reports = new DiskReports();
  const warning = { kind: 'warning', text: 'cut off 3 bytes' } as const;
  assert.equal(reports.isNews(warning, 1), true);
  reports.isNews(DEGRADED, 1);
  assert.equal(reports.isNews(warning, 2), true);
});
