import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

interface Ended {
  readonly code: unknown;
  readonly output: readonly string[];
  readonly errors: readonly string[];
}

/** Runs a fixture in a process of its own. Only a process that hangs is ever killed. */
function run(fixture: string, ...args: string[]): Promise<Ended> {
  const file = fileURLToPath(new URL(`./fixtures/${fixture}.js`, import.meta.url));
  return new Promise((resolve) => {
    const options = { timeout: 20_000, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, [file, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : (error.code ?? error.signal);
      const errors = stderr.replaceAll(/\(node:\d+\)/g, '(node)');
      resolve({ code, output: linesOf(stdout), errors: linesOf(errors) });
    });
  });
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

const SHARDS = ['1', '7'];

const hostAlone = await run('serve');

/**
 * What the host does not say itself: it tells that its native addon is missing, with the stack of
 * those who required it, and some Node.js warns of what the host uses.
 */
function ownComplaints(errors: readonly string[]): string[] {
  return errors.filter((line) => !hostAlone.errors.includes(line) && !line.startsWith('- '));
}

function assertQuietEnd({ code, errors }: Ended): void {
  assert.equal(code, 0, errors.join('\n'));
  assert.deepEqual(ownComplaints(errors), []);
}

it('exit, built-in provider, server closed: the process ends by itself', () => {
  assertQuietEnd(hostAlone);
  assert.deepEqual([...hostAlone.output].sort(), [
    'restored value late',
    'server closed',
    'set acknowledged',
    'set acknowledged',
    'setInactive acknowledged',
    'setInactive acknowledged',
  ]);
});

for (const shards of SHARDS) {
  it(`exit, ${shards} shards, server closed, provider not: all is acknowledged, the process ends`, async () => {
    const ended = await run('serve', shards);
    assertQuietEnd(ended);
    assert.deepEqual([...ended.output].sort(), [...hostAlone.output].sort());
  });

  it(`exit, ${shards} shards, provider constructed and nothing else: the process ends`, async () => {
    const ended = await run('construct', shards);
    assertQuietEnd(ended);
    assert.deepEqual(ended.output, []);
  });

  it(`exit, ${shards} shards, operations as the last thing: all are answered first`, async () => {
    const ended = await run('ask-last', shards);
    assertQuietEnd(ended);
    assert.deepEqual([...ended.output].sort(), [
      'delete c true',
      'flush undefined',
      'get a marcus',
      'get b by callback b',
      'set a undefined',
      'set b undefined',
      'set c undefined',
      'setInactive a undefined',
      'setInactive b undefined',
      'setInactive c undefined',
      'size 2',
    ]);
  });

  it(`exit, ${shards} shards, process.exit with operations under way: code 0, no complaint`, async () => {
    const ended = await run('ask-last', shards, 'exit');
    assertQuietEnd(ended);
    assert.deepEqual(ended.output, []);
  });
}
