import { formatCount, formatRows } from '../table.js';
import type { Loss } from './losses.js';
import type { DemoOptions } from './options.js';
import type { RunResult } from './run.js';

const EXAMPLES_MAX = 3;

export function lossesOf({ server, clients }: RunResult): readonly Loss[] {
  return [...clients.losses, ...server.losses];
}

/** One column per provider. */
export function formatTable(results: readonly RunResult[], options: DemoOptions): string {
  const sessions = options.clients;
  const messages = options.clients * options.messages;
  const rows = [
    ['', ...results.map(({ subject }) => subject)],
    row('sessions restored', ({ clients }) => outOf(clients.restored, sessions)),
    row('  by the provider', ({ server }) => outOf(server.restoredByProvider, sessions)),
    row('messages delivered', ({ clients }) => outOf(clients.delivered, messages)),
    row('  resent', ({ clients }) => formatCount(clients.resent)),
    row('restore latency p50', ({ clients }) => ms(clients.restoreMsP50)),
    row('restore latency p99', ({ clients }) => ms(clients.restoreMsP99)),
    row('worst event-loop stall', ({ server }) => ms(server.stallMsMax)),
    ...restartRows(),
    row('lost', (result) => formatCount(lossesOf(result).length)),
    row('  sessions', ({ clients }) => formatCount(sessions - clients.restored)),
    row('  messages', ({ clients }) => formatCount(messages - clients.delivered)),
  ];
  return formatRows(rows);

  function restartRows(): string[][] {
    if (results.every(({ restart }) => restart === undefined)) return [];
    return [
      row('restart, start to serving', ({ restart }) => ms(restart?.startToServingMs)),
      row('  loading the journal', ({ restart }) => ms(restart?.loadMs)),
    ];
  }

  function row(title: string, cell: (result: RunResult) => string): string[] {
    return [title, ...results.map(cell)];
  }
}

/** What was lost, by kind, each with a few examples. */
export function formatLosses(result: RunResult): string {
  const byKind = new Map<string, Loss[]>();
  for (const loss of lossesOf(result)) {
    const same = byKind.get(loss.kind);
    if (same === undefined) byKind.set(loss.kind, [loss]);
    else same.push(loss);
  }
  const lines = [`Lost with ${result.subject}:`];
  for (const [kind, losses] of byKind) {
    lines.push(`  ${formatCount(losses.length)} ${kind}`);
    for (const { detail } of losses.slice(0, EXAMPLES_MAX)) lines.push(`    ${detail}`);
    if (losses.length > EXAMPLES_MAX) lines.push('    ...');
  }
  return lines.join('\n');
}

function outOf(value: number, total: number): string {
  return `${formatCount(value)} of ${formatCount(total)}`;
}

function ms(value = Number.NaN): string {
  return Number.isNaN(value) ? '-' : `${value.toFixed(2)} ms`;
}
