import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import FakeTimers from '@sinonjs/fake-timers';
import * as timerFunctions from '../src/timer-functions.js';

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));
const OWN_FILE = 'timer-functions.ts';

test('timer functions: those of Node.js, also while the global ones are replaced', () => {
  const fake = FakeTimers.install({ now: 0 });
  try {
    assert(timerFunctions.wallMs() > 1_600_000_000_000);
    assert(timerFunctions.threadMs() > 0);
    assert(timerFunctions.hrtime()[0] > 0);
    assert.notEqual(timerFunctions.nextTick, process.nextTick);
    assert.notEqual(timerFunctions.SystemDate, Date);
    assert.notEqual(timerFunctions.setTimeout, setTimeout);
    assert.notEqual(timerFunctions.clearTimeout, clearTimeout);
    assert.notEqual(timerFunctions.setInterval, setInterval);
    assert.notEqual(timerFunctions.setImmediate, setImmediate);
  } finally {
    fake.uninstall();
  }
  assert.equal(timerFunctions.nextTick, process.nextTick);
  assert.equal(timerFunctions.setTimeout, setTimeout);
});

test('timer functions: those of Node.js, also if fake-timers replaced the global ones before', async () => {
  const fake = FakeTimers.install({ now: 0, toNotFake: ['nextTick', 'queueMicrotask'] });
  let loaded: typeof timerFunctions;
  try {
    loaded = await import(
      String(new URL('../src/timer-functions.js?loaded late', import.meta.url))
    );
  } finally {
    fake.uninstall();
  }
  const { threadMs: own, ...others } = loaded;
  assert(own() > 0);
  const { threadMs: _, ...expected } = timerFunctions;
  assert.deepEqual({ ...others }, expected);
});

/** Uses of what test tools replace, in code that is not a comment and did not import it from `OWN_FILE`. */
function globalTimersIn(source: string): string[] {
  const code = source.replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '');
  const imported = /import \{([^}]*)\} from '[./]*timer-functions\.js'/.exec(code)?.[1] ?? '';
  const names = imported.split(',').map((name) => name.trim());
  const globals =
    /(?<![.#\w])(?:(?:set|clear)(?:Timeout|Interval|Immediate)|queueMicrotask)(?=\()|performance\.now|\bDate\.now|\bnew Date\((?!\))|process\.(?:nextTick|hrtime)|'(?:node:)?timers(?:\/promises)?'/g;
  return [...code.matchAll(globals)].map(([use]) => use).filter((use) => !names.includes(use));
}

test('timer functions: no other source file uses what test tools replace', async () => {
  const files = await readdir(SOURCES, { recursive: true });
  const sources = files.filter((file) => file.endsWith('.ts') && file !== OWN_FILE);
  assert(sources.length > 100);
  for (const file of sources) {
    const source = await readFile(join(SOURCES, file), 'utf8');
    assert.deepEqual(globalTimersIn(source), [], file);
  }
});

test('timer functions: the check finds each use, and not those that were imported', () => {
  const uses = 'setTimeout(f); clearTimeout(t); Date.now(); process.nextTick(f); new Date(1);';
  assert.equal(globalTimersIn(uses).length, 5);
  assert.equal(globalTimersIn(`/* setTimeout() */ clock.setTimeout(f); // Date.now()`).length, 0);
  const imported = "import { setTimeout } from '../timer-functions.js';\n";
  assert.deepEqual(globalTimersIn(`${imported}setTimeout(f); setImmediate(f);`), ['setImmediate']);
});
