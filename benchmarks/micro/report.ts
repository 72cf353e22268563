import { formatCount, formatRows } from '../table.js';
import type { Group } from './case.js';
import type { Measurement } from './measure.js';

export interface GroupResult {
  readonly group: Group;
  readonly measurements: readonly Measurement[];
}

/** The last column is the time of an operation by that of the group's first row. */
export function formatResults(results: readonly GroupResult[]): string {
  const rows = [['', 'ops/s', 'ns/op', '±', 'time vs built-in']];
  for (const { group, measurements } of results) {
    const [first] = measurements;
    rows.push([group.title, '', '', '', '']);
    for (const measurement of measurements) {
      rows.push(formatMeasurement(measurement, group.compared ? first : undefined));
    }
  }
  return formatRows(rows);
}

function formatMeasurement(measurement: Measurement, first: Measurement | undefined): string[] {
  const { name, nsPerOperation, marginPercent } = measurement;
  return [
    `  ${name}`,
    formatCount(1e9 / nsPerOperation),
    nsPerOperation < 100 ? nsPerOperation.toFixed(1) : formatCount(nsPerOperation),
    `${marginPercent.toFixed(1)} %`,
    first === undefined ? '' : `${(nsPerOperation / first.nsPerOperation).toFixed(2)} x`,
  ];
}

/** Says of which groups the built-in way is the faster one, and which it is not. */
export function formatVerdict(results: readonly GroupResult[]): string {
  const compared = results.filter(({ group }) => group.compared);
  const wins = compared.filter(({ measurements }) => isFirstFastest(measurements));
  const losses = compared.filter((result) => !wins.includes(result));
  return [
    `The built-in is faster at:  ${titles(wins)}`,
    `The built-in is slower at:  ${titles(losses)}`,
    'It looks an object up in a Map on the same thread and converts nothing; a session that lives on',
    'another thread has to be encoded and sent there, and no design makes that as cheap. What these',
    'figures do not show is what the stored sessions themselves cost the server: memory, garbage',
    'collection and purges, which grow with their number. Only a run with very many of them can.',
  ].join('\n');
}

function isFirstFastest([first, ...others]: readonly Measurement[]): boolean {
  return others.every((other) => other.nsPerOperation >= (first?.nsPerOperation ?? 0));
}

function titles(results: readonly GroupResult[]): string {
  return results.map(({ group }) => group.title.replace(/ \(.*/, '')).join(', ') || 'nothing';
}
