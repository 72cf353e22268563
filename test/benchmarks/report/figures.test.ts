import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIGURES, judge, type Verdict } from '../../../benchmarks/report/figures.js';
import type { Result } from '../../../benchmarks/report/results.js';
import { reportOf, resultOf } from './made-up-report.js';

const CYCLE = 'main-thread CPU per restore cycle';
const STALL = 'worst event-loop stall';
const GETS = 'get throughput';

function verdictOf(name: string, results: readonly Result[]): Verdict {
  const verdict = judge(reportOf(results)).find(({ figure }) => figure.name.startsWith(name));
  assert(verdict !== undefined);
  return verdict;
}

test('judge, at the goal: reached, in the unit of the goal', () => {
  const verdict = verdictOf(CYCLE, [resultOf('churn/3M stored/sharded', { cpuNsPerCycle: 4_000 })]);

  assert.equal(verdict.verdict, 'reached');
  assert.equal(verdict.measured, 4);
  assert.deepEqual(verdict.variants, ['3M stored']);
  assert.equal(verdict.bestPeer, undefined);
  assert.equal(verdict.advantage, undefined);
});

test('judge, above what is at most allowed: not reached', () => {
  const verdict = verdictOf(CYCLE, [resultOf('churn/3M stored/sharded', { cpuNsPerCycle: 4_001 })]);

  assert.equal(verdict.verdict, 'not reached');
});

test('judge, below what is at least wanted: not reached', () => {
  const verdict = verdictOf(GETS, [
    resultOf('throughput/1,000 in flight/sharded', { getsPerSecond: 599_999 }),
    resultOf('throughput/1,000 in flight/lmdb', { getsPerSecond: 300_000 }),
    resultOf('throughput/1,000 in flight/ioredis', { getsPerSecond: 100_000 }),
  ]);

  assert.equal(verdict.verdict, 'not reached');
  assert.deepEqual(verdict.bestPeer, { subject: 'lmdb', measured: 300 });
  assert.equal(verdict.advantage?.toFixed(3), '2.000');
});

test('judge, several sizes: the largest that ours ran at, and the peers at that size', () => {
  const verdict = verdictOf(CYCLE, [
    resultOf('churn/1M stored/sharded', { cpuNsPerCycle: 1_000 }),
    resultOf('churn/1M stored/lmdb', { cpuNsPerCycle: 500 }),
    resultOf('churn/3M stored/sharded', { cpuNsPerCycle: 5_000 }),
    resultOf('churn/3M stored/built-in', { cpuNsPerCycle: 10_000 }),
    resultOf('churn/9M stored/built-in', { cpuNsPerCycle: 1 }),
  ]);

  assert.equal(verdict.measured, 5);
  assert.deepEqual(verdict.bestPeer, { subject: 'built-in', measured: 10 });
  assert.equal(verdict.advantage, 2);
});

test('judge, subjects that do not do the work: are no peers', () => {
  const verdict = verdictOf(CYCLE, [
    resultOf('churn/3M stored/sharded', { cpuNsPerCycle: 5_000 }),
    resultOf('churn/3M stored/map', { cpuNsPerCycle: 1_000 }),
    resultOf('churn/3M stored/none', { cpuNsPerCycle: 10 }),
  ]);

  assert.equal(verdict.bestPeer, undefined);
});

test('judge, a figure of ours with a journal: of that subject, and no other of ours is a peer', () => {
  const verdict = verdictOf('journal always', [
    resultOf('synced/100k stored/journal never', { setsPerSecond: 400_000 }),
    resultOf('synced/100k stored/journal always', { setsPerSecond: 150_000 }),
    resultOf('synced/100k stored/lmdb synced', { setsPerSecond: 75_000 }),
  ]);

  assert.equal(verdict.verdict, 'reached');
  assert.equal(verdict.measured, 150);
  assert.deepEqual(verdict.bestPeer, { subject: 'lmdb synced', measured: 75 });
});

test('judge, above the goal, but not as many times better than the best peer as it has to be: not reached', () => {
  const verdict = verdictOf('journal always', [
    resultOf('synced/100k stored/journal always', { setsPerSecond: 150_000 }),
    resultOf('synced/100k stored/lmdb synced', { setsPerSecond: 75_001 }),
  ]);

  assert.equal(verdict.verdict, 'not reached');
});

test('judge, figure of two scenarios: the worse of both, for the peers too', () => {
  const verdict = verdictOf(STALL, [
    resultOf('churn/3M stored/sharded', { loopMaxMs: 3 }),
    resultOf('purge/3M stored/sharded', { loopMaxMs: 4 }),
    resultOf('churn/3M stored/built-in', { loopMaxMs: 40 }),
    resultOf('purge/3M stored/built-in', { loopMaxMs: 1_300 }),
    resultOf('churn/3M stored/lmdb', { loopMaxMs: 1 }),
  ]);

  assert.equal(verdict.verdict, 'reached');
  assert.equal(verdict.measured, 4);
  assert.deepEqual(verdict.bestPeer, { subject: 'built-in', measured: 1_300 });
});

test('judge, only one of two scenarios was run: not measured', () => {
  const verdict = verdictOf(STALL, [resultOf('churn/3M stored/sharded', { loopMaxMs: 3 })]);

  assert.equal(verdict.verdict, 'not measured');
});

test('judge, ours did not run or lacks the metric: not measured', () => {
  const peerOnly = [resultOf('churn/3M stored/lmdb', { cpuNsPerCycle: 3 })];
  const otherMetric = [resultOf('churn/3M stored/sharded', { getMaxMs: 3 })];

  assert.equal(verdictOf(CYCLE, peerOnly).verdict, 'not measured');
  assert.equal(verdictOf(CYCLE, otherMetric).verdict, 'not measured');
});

test('judge, a peer that noise has put below zero: no ratio to it', () => {
  const verdict = verdictOf(CYCLE, [
    resultOf('churn/2k stored/sharded', { cpuNsPerCycle: 5_000 }),
    resultOf('churn/2k stored/built-in', { cpuNsPerCycle: -20 }),
  ]);

  assert.equal(verdict.bestPeer, undefined);
});

test('judge, nothing measured: all figures, none measured', () => {
  const verdicts = judge(reportOf([]));

  assert.equal(verdicts.length, FIGURES.length);
  assert(verdicts.every(({ verdict }) => verdict === 'not measured'));
});
