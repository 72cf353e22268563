import { judge, type Verdict } from './figures.js';
import { formatValue, headingOf, shownAs } from './metrics.js';
import type { BenchmarkReport, Environment, Result, Skip, Spread } from './results.js';
import { columnsOf, scenariosInOrder, scenariosWithout, titleOf } from './scenario-tables.js';
import { resultsOf, variantsOf } from './selection.js';
import { inOrder, OURS } from './subjects.js';

/** A picture of the run: a file beside the tables, and what it shows. */
export interface Picture {
  readonly file: string;
  readonly title: string;
}

const QUICK_NOTE =
  '> **A quick run.** Sizes and times are small: it shows that all of it works, and no figure.';
const LEGEND =
  'Medians over the runs, the lowest and highest run in parentheses, and after the dot the median divided by ours.';

/** Tables of all that was measured, and lines about what was not. */
export function formatMarkdown(
  report: BenchmarkReport,
  pictures: readonly Picture[],
  notDrawn: readonly string[] = [],
): string {
  const { environment, results, skipped } = report;
  const scenarios = scenariosInOrder(results);
  const sections = [
    '# Benchmark results',
    formatEnvironment(environment),
    ...(environment.quick ? [QUICK_NOTE] : []),
    '## Goals',
    formatVerdicts(judge(report), environment.quick),
    ...pictures.map(({ file, title }) => `![${title}](${file})`),
    ...(results.length === 0 ? ['Nothing was measured.'] : [LEGEND]),
    ...scenarios.flatMap((name) => formatScenario(name, resultsOf(report, name))),
    ...formatSkips(skipped),
    ...formatMissing('Scenarios without results', scenariosWithout(scenarios)),
    ...formatMissing('Pictures for which there are no results', notDrawn),
  ];
  return `${sections.join('\n\n')}\n`;
}

function formatMissing(title: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${title}: ${names.join(', ')}.`];
}

function formatEnvironment(environment: Environment): string {
  const { processor, cores, memoryBytes, system, load, node, versions, commit, date } = environment;
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `- machine: ${processor}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(1)} GB, ${system}`,
    `- load: ${load.toFixed(1)} processes in the minute before`,
    `- Node.js: ${node}`,
    `- versions: ${packages.join(', ') || 'none'}`,
    `- commit: ${commit}`,
    `- date: ${date}`,
  ].join('\n');
}

function formatVerdicts(verdicts: readonly Verdict[], quick: boolean): string {
  const head = ['figure', 'goal', 'measured', '', 'at', 'best peer', 'better than it'];
  return formatTable([head, ...verdicts.map((verdict) => verdictRow(verdict, quick))]);
}

function verdictRow(judged: Verdict, quick: boolean): string[] {
  const { figure, measured, verdict, variants, bestPeer, advantage } = judged;
  const { name, goal, limit, unit, advantageMin } = figure;
  const withUnit = (value: number) => `${formatValue(value)} ${unit}`;
  return [
    name,
    `${limit} ${goal} ${unit}${advantageMin === undefined ? '' : `, ${advantageMin}x the best peer`}`,
    measured === undefined ? '' : withUnit(measured),
    // Goals are for large sizes.
    quick && measured !== undefined ? '' : verdict,
    variants.join(', '),
    bestPeer === undefined ? '' : `${bestPeer.subject}: ${withUnit(bestPeer.measured)}`,
    advantage === undefined ? '' : `${formatValue(advantage)}x`,
  ];
}

function formatScenario(scenario: string, results: readonly Result[]): string[] {
  const columns = columnsOf(scenario, results);
  const tables = variantsOf(results).flatMap((variant) => {
    const rows = results.filter((result) => result.variant === variant);
    return [`### ${variant}`, formatResults(rows, columns)];
  });
  return [`## ${titleOf(scenario)}`, ...tables];
}

function formatResults(results: readonly Result[], columns: readonly string[]): string {
  const ours = results.find(({ subject }) => subject === OURS);
  const rows = inOrder(results.map(({ subject }) => subject)).flatMap((name) => {
    const result = results.find(({ subject }) => subject === name);
    if (result === undefined) return [];
    const cells = columns.map((column) => formatCell(column, result, ours));
    return [[result.subject === OURS ? `**${name}**` : name, ...cells, `${result.runs}`]];
  });
  return formatTable([['', ...columns.map(headingOf), 'runs'], ...rows]);
}

function formatCell(metric: string, result: Result, ours: Result | undefined): string {
  const spread = result.metrics[metric];
  if (spread === undefined) return '';
  const { scale } = shownAs(metric);
  const [median, min, max] = [spread.median, spread.min, spread.max].map((value) =>
    formatValue(value * scale),
  );
  const range = result.runs > 1 ? ` (${min}–${max})` : '';
  const ratio = result === ours ? '' : formatRatio(spread, ours?.metrics[metric]);
  return `${median}${range}${ratio}`;
}

function formatRatio(spread: Spread, ours: Spread | undefined): string {
  if (ours === undefined || ours.median <= 0 || spread.median <= 0) return '';
  return ` · ${formatValue(spread.median / ours.median)}x`;
}

function formatSkips(skipped: readonly Skip[]): string[] {
  if (skipped.length === 0) return [];
  const rows = skipped.map(({ scenario, variant = 'all', subject, reason }) => [
    scenario,
    variant,
    subject,
    reason,
  ]);
  return ['## Left out', formatTable([['scenario', 'size', 'subject', 'why'], ...rows])];
}

/** The first row is the head. Figures stand to the right. */
function formatTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [head, rule, ...rows].map(formatRow).join('\n');
}

function formatRow(cells: readonly string[]): string {
  const escaped = cells.map((cell) => cell.replace(/\s+/g, ' ').replaceAll('|', '\\|'));
  return `| ${escaped.join(' | ')} |`;
}
