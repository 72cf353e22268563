import assert from 'node:assert/strict';

const TAG = /<(?<close>\/?)(?<name>[A-Za-z][\w:-]*)(?:\s+[\w:-]+="[^"<]*")*\s*(?<empty>\/?)>/y;
const TEXT = /[^<]+/y;

/** Every element is closed, in the order of their beginnings, and there is one around all. */
export function assertWellFormed(svg: string): void {
  const open: string[] = [];
  let roots = 0;
  for (let at = 0; at < svg.length; ) {
    const found = matchAt(TAG, svg, at) ?? matchAt(TEXT, svg, at);
    assert(found !== null, `no markup: ${svg.slice(at, at + 60)}`);
    at += found[0].length;
    const { name, close, empty } = found.groups ?? {};
    if (name === undefined) continue;
    if (open.length === 0) roots++;
    if (close === '/') assert.equal(open.pop(), name);
    else if (empty !== '/') open.push(name);
  }
  assert.deepEqual(open, []);
  assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.equal(roots, 1);
}

/** What a reader sees as words. */
export function textsOf(svg: string): string[] {
  const texts = svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g);
  return [...texts].map(([, text = '']) => unescapeXml(text));
}

function unescapeXml(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
