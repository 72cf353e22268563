import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { installPackedPackage } from './packed.js';

let folder = '';
let root = '';
before(async () => {
  folder = await installPackedPackage();
  root = join(folder, 'node_modules', 'jstp-sharded-sessions');
});
after(() => rm(folder, { recursive: true, force: true }));

/** Relative targets of links and pictures in Markdown, outside of code. */
function relativeLinks(markdown: string): string[] {
  const prose = markdown.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '');
  const targets = /\]\(([^)\s]+)\)|^\[[^\]]+\]:\s*(\S+)|(?:src|href)="([^"]+)"/gm;
  return [...prose.matchAll(targets)]
    .map(([, inline, reference, attribute]) => inline ?? reference ?? attribute ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that a page's headings get on the sites that show Markdown. */
function anchorsOf(markdown: string): Set<string> {
  const headings = markdown.replace(/^```.*?^```/gms, '').matchAll(/^#+ (.*)$/gm);
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
  return new Set([...headings].map(([, heading = '']) => slug(heading)));
}

/** `undefined` if the link leads to a file of the package, and to one of its headings. */
async function faultOf(page: string, link: string): Promise<string | undefined> {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (relative(root, target).startsWith('..')) return `${link} leads out of the package`;
  if (!existsSync(target)) return `${link} leads to a file that is not in the package`;
  if (anchor === undefined || anchorsOf(await readFile(target, 'utf8')).has(anchor))
    return undefined;
  return `${link} leads to no heading`;
}

test('packed tarball: every relative link of its pages leads to a file and a heading in it', async () => {
  const files = await readdir(root, { recursive: true });
  const pages = files.filter((file) => file.endsWith('.md'));
  assert(pages.includes('README.md') && pages.includes(join('docs', 'journal.md')));
  const faults: string[] = [];
  let links = 0;
  for (const name of pages) {
    const page = join(root, name);
    for (const link of relativeLinks(await readFile(page, 'utf8'))) {
      links++;
      const fault = await faultOf(page, link);
      if (fault !== undefined) faults.push(`${name}: ${fault}`);
    }
  }
  assert.deepEqual(faults, []);
  assert(links > 20);
});

test('packed tarball: the check finds links that lead nowhere, and leaves out code and addresses', async () => {
  const markdown =
    '[a](b.md) ![c](d.svg)\n[e]: f.md\n<img src="g.svg">\n`[h](i.md)`\n```\n[j](k.md)\n```\n[l](https://example.org)';
  assert.deepEqual(relativeLinks(markdown), ['b.md', 'd.svg', 'f.md', 'g.svg']);
  const page = join(root, 'README.md');
  assert.match((await faultOf(page, 'none.md')) ?? '', /not in the package/);
  assert.match((await faultOf(page, '../x.md')) ?? '', /out of the package/);
  assert.match((await faultOf(page, '#no-such-heading')) ?? '', /no heading/);
  assert.equal(await faultOf(page, '#bundlers'), undefined);
});
