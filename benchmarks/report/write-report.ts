import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHARTS } from './charts/all.js';
import { renderSvg } from './charts/render.js';
import { formatMarkdown, type Picture } from './markdown.js';
import type { BenchmarkReport } from './results.js';

/**
 * Writes `results.json`, `results.md` and a picture for each chart that there are results for.
 * Returns the paths of what it wrote.
 */
export async function writeReport(report: BenchmarkReport, dir: string): Promise<string[]> {
  const files = new Map([['results.json', `${JSON.stringify(report, null, 1)}\n`]]);
  const pictures: Picture[] = [];
  const notDrawn: string[] = [];
  for (const { file, draw } of CHARTS) {
    const chart = draw(report);
    if (chart === undefined) {
      notDrawn.push(file);
      continue;
    }
    files.set(file, await renderSvg(chart));
    pictures.push({ file, title: chart.title });
  }
  files.set('results.md', formatMarkdown(report, pictures, notDrawn));
  await mkdir(dir, { recursive: true });
  for (const [file, text] of files) await writeFile(join(dir, file), text);
  return [...files.keys()].map((file) => join(dir, file));
}
