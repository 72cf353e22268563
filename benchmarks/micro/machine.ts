import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';

/** What figures must not be read without. */
export function describeMachine(): string {
  const memoryGb = (totalmem() / 2 ** 30).toFixed(1);
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return [
    `machine   ${model}, ${availableParallelism()} cores, ${memoryGb} GB, ${platform()} ${release()}`,
    `load      ${loadavg()[0]?.toFixed(1)} processes in the minute before`,
    `node      ${process.version}`,
    `commit    ${describeCommit()}`,
    `date      ${new Date().toISOString()}`,
  ].join('\n');
}

function describeCommit(): string {
  try {
    const changed =
      git('status', '--porcelain') === '' ? '' : ', with changes that are not committed';
    return `${git('rev-parse', '--short', 'HEAD')}${changed}`;
  } catch {
    return 'unknown (no git repository here)';
  }
}

function git(...args: string[]): string {
  const options = { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' } as const;
  return execFileSync('git', args, options).trim();
}
