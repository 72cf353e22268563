import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHARTS } from '../../../benchmarks/report/charts/all.js';
import { purgeChart, waitsOverTime } from '../../../benchmarks/report/charts/purge.js';
import { renderSvg } from '../../../benchmarks/report/charts/render.js';
import { colorOf, inOrder, OURS } from '../../../benchmarks/report/subjects.js';
import { reportOf, resultOf, wholeReport } from './made-up-report.js';
import { assertWellFormed, textsOf } from './svg.js';

const SERIES: Readonly<Record<string, readonly string[]>> = {
  'event-loop-delay.svg': ['this package', 'built-in', 'event-loop delay, ms'],
  'bystander-latency.svg': ['this package', 'built-in', 'built-in strings', 'p99.9', 'latency, ms'],
  'cost-per-cycle.svg': ['this package', 'built-in', 'lmdb', 'map', '1M stored', '3M stored'],
  'get-latency.svg': ['this package', 'built-in', 'lmdb', 'map', 'worst', 'latency, ms'],
  'memory.svg': ['this package', 'built-in', 'ioredis', '3M', 'memory, MB'],
  'throughput-by-shards.svg': ['get', 'set', 'shards', '8'],
};

for (const { file, draw } of CHARTS) {
  test(`${file}, whole report: a well-formed picture with its series and its own ground`, async () => {
    const chart = draw(wholeReport());
    assert(chart !== undefined);
    const svg = await renderSvg(chart);

    assertWellFormed(svg);
    const texts = textsOf(svg);
    assert(texts.includes(chart.title), chart.title);
    for (const text of SERIES[file] ?? assert.fail(file)) assert(texts.includes(text), text);
    assert.match(svg, /<rect width="\d+" height="\d+" fill="#ffffff"/);
    assert(svg.includes(colorOf(OURS)), 'ours has its color');
  });

  test(`${file}, report without results: not drawn`, () => {
    assert.equal(draw(reportOf([])), undefined);
  });

  test(`${file}, results without the metrics: not drawn`, () => {
    const scenarios = ['churn', 'purge', 'memory', 'scaling', 'jstp'];
    const results = scenarios.map((name) => resultOf(`${name}/1M stored/sharded`, {}));

    assert.equal(draw(reportOf(results)), undefined);
  });

  test(`${file}, same report: same picture`, async () => {
    const [one, other] = [draw(wholeReport()), draw(wholeReport())];
    assert(one !== undefined && other !== undefined);

    assert.equal(await renderSvg(one), await renderSvg(other));
  });
}

test('charts, values of zero and below: drawn all the same', async () => {
  const none = { cpuNsPerCycle: -5, getP50Ms: 0, getP99Ms: 0, getP999Ms: 0, getMaxMs: 0 };
  const report = reportOf([resultOf('churn/2k stored/sharded', none)]);
  for (const { draw } of CHARTS) {
    const chart = draw(report);
    if (chart !== undefined) assert.doesNotMatch(await renderSvg(chart), /NaN|Infinity/);
  }
});

test('event-loop-delay.svg, series longer than the purge: only what is around it, ours on top', () => {
  const chart = purgeChart.draw(wholeReport());
  assert(chart !== undefined);
  const { data } = chart.drawing as { data: { values: { subject: string; seconds: number }[] } };

  const seconds = data.values.map((point) => point.seconds);
  assert.equal(Math.min(...seconds), -2);
  assert.equal(Math.max(...seconds), 6);
  assert.equal(data.values.at(-1)?.subject, OURS);
});

test('waitsOverTime, stall noted at its end: from its beginning on, falling to its end', () => {
  const delays = [
    [0, 1],
    [0.5, 0],
    [1, 0],
    [1.5, 1_200],
    [2, 2],
  ] as const;

  assert.deepEqual(waitsOverTime(delays), [
    [0, 1],
    [0.5, 1_200],
    [1, 500],
    [1.5, 0],
    [2, 2],
  ]);
});

test('waitsOverTime, delays shorter than a bucket: as they are', () => {
  const delays: [number, number][] = [
    [0, 1],
    [0.05, 49],
    [0.1, 3],
  ];

  assert.deepEqual(waitsOverTime(delays), delays);
  assert.deepEqual(waitsOverTime([]), []);
});

test('inOrder, known and unknown subjects: each once, ours first, unknown ones last as they came', () => {
  const subjects = ['zebra', 'lmdb', 'apple', 'built-in', 'sharded', 'lmdb'];

  assert.deepEqual(inOrder(subjects), ['sharded', 'built-in', 'lmdb', 'zebra', 'apple']);
});
