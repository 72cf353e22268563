import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as protocol from '../../src/protocol.js';
import {
  type Asking,
  FAR_MS,
  type Fill,
  type ServedStoreOptions,
  SOON_MS,
  testsOf,
} from './asking.js';

/** What every store must do behind its shard, whether it has the sessions or asks for them elsewhere. */
export function testServedStore(name: string, options: ServedStoreOptions): void {
  const { runs = 100 } = options;
  const it = testsOf(name, options);

  it('a session that is set is there, again and again, until it is deleted', async (asking) => {
    const value = asking.values.next('one');
    const { get, set } = asking;
    assert.deepEqual(await asking.batch(get('a')), [protocol.NONE]);
    assert.deepEqual(await asking.batch(set('a', value), get('a'), get('b')), [0, value, 0]);
    assert.deepEqual(await asking.batch(get('a')), [value]);
    assert.deepEqual(
      await asking.batch(asking.delete('a'), get('a'), asking.delete('a')),
      [1, 0, 0],
    );
  });

  it('set again replaces the value', async ({ batch, values, get, set }) => {
    const [first, second] = [values.next('first'), values.next('second')];
    assert.deepEqual(await batch(set('a', first), set('a', second), get('a')), [0, 0, second]);
  });

  it('an id is its own, whatever it looks like', async ({ batch, values, get, set }) => {
    const ids = [
      '__proto__',
      'a',
      'a\0',
      '*',
      '\ud800',
      '\udfff',
      '\ufffd',
      '\u{1f600}',
      '\u00e9',
      'e\u0301',
    ];
    const stored = ids.map((id) => values.next(id.length.toString()));
    await batch(...ids.map((id, i) => set(id, stored[i] as string)));
    assert.deepEqual(await batch(...ids.map((id) => get(id))), stored);
  });

  it('values of all byte values and sizes come back', async ({ batch, values, get, set }) => {
    const allBytes = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    for (const content of ['', 'x', allBytes, allBytes.repeat(4_096)]) {
      const value = values.next(content);
      assert.deepEqual(await batch(set('a', value), get('a')), [0, value]);
    }
  });

  it('a session ends with its lifetime, which a get renews', async (asking) => {
    const value = asking.values.next('one');
    const { get, set, setInactive } = asking;
    await asking.batch(set('a', value, SOON_MS), set('b', value, SOON_MS), set('c', value));
    await asking.batch(setInactive('c', SOON_MS), setInactive('unknown', SOON_MS));
    await asking.pass(SOON_MS / 2);
    assert.deepEqual(await asking.batch(get('a', SOON_MS)), [value]);
    await asking.pass(SOON_MS * 0.75);
    assert.deepEqual(await asking.batch(get('a'), get('b'), get('c')), [value, 0, 0]);
    await asking.pass(SOON_MS * 100);
    assert.deepEqual(await asking.batch(get('a'), get('unknown')), [value, 0]);
  });

  it('setInactive moves the end, earlier as well', async (asking) => {
    const value = asking.values.next('one');
    await asking.batch(asking.set('a', value), asking.setInactive('a', SOON_MS));
    await asking.pass(SOON_MS * 2);
    assert.deepEqual(await asking.batch(asking.get('a')), [0]);
  });

  it('amend adds to the value that it names, and to no other', async (asking) => {
    const { values, get, set, amend } = asking;
    const [first, second] = [values.next('first'), values.next('second')];
    await asking.batch(set('a', first), amend('a', first, '+1'), amend('a', first, '+2'));
    await asking.batch(amend('a', second, '+3'), amend('b', first, '+4'));
    assert.deepEqual(await asking.batch(get('a'), get('b')), [`${first}+1+2`, 0]);
    await asking.batch(set('a', second), amend('a', first, '+5'));
    assert.deepEqual(await asking.batch(get('a')), [second]);
  });

  it('amend does not move the end', async (asking) => {
    const value = asking.values.next('one');
    await asking.batch(asking.set('a', value, SOON_MS));
    await asking.pass(SOON_MS / 2);
    await asking.batch(asking.amend('a', value, '+'));
    await asking.pass(SOON_MS);
    assert.deepEqual(await asking.batch(asking.get('a'), asking.delete('a')), [0, 0]);
  });

  it('size counts, clear removes all that was set before it', async ({
    batch,
    values,
    set,
    get,
    all,
  }) => {
    const ids = Array.from({ length: 2_500 }, (_, i) => `id-${i}`);
    const value = values.next('one');
    await batch(...ids.map((id) => set(id, value)));
    assert.deepEqual(await batch(all(protocol.Op.SIZE)), [2_500]);
    const after = values.next('after');
    const { CLEAR, SIZE } = protocol.Op;
    assert.deepEqual(await batch(all(CLEAR), set('id-7', after), all(SIZE)), [0, 0, 1]);
    assert.deepEqual(await batch(get('id-7'), get('id-8')), [after, 0]);
  });

  it('any operations give what a plain Map gives', async (asking) => {
    const [id, ms] = [fc.constantFrom('a', 'b', 'c'), fc.constantFrom(SOON_MS, FAR_MS)];
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom('get', 'set', 'setInactiveValue', 'setInactive'), id, ms }),
      fc.record({ kind: fc.constantFrom('amend', 'delete'), id, ms }),
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('clear', 'pass'), id, ms }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 8 }),
        async (plan) => {
          const model = new Model(asking);
          await asking.batch(asking.all(protocol.Op.CLEAR));
          for (const steps of plan) await model.check(steps);
        },
      ),
      { numRuns: runs },
    );
  });
}

interface Step {
  readonly kind: string;
  readonly id: string;
  readonly ms: number;
}

/** A Map beside the store. */
class Model {
  readonly #asking: Asking;
  readonly #stored = new Map<string, { value: string; leftMs: number }>();
  readonly #setLast = new Map<string, string>();

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /** The steps up to one at which time passes are one batch. */
  async check(steps: readonly Step[]): Promise<void> {
    const fills: Fill[] = [];
    const expected: unknown[] = [];
    for (const step of steps) {
      if (step.kind === 'pass') continue;
      const [fill, result] = this.#apply(step);
      fills.push(fill);
      expected.push(result);
    }
    if (fills.length > 0) assert.deepEqual(await this.#asking.batch(...fills), expected);
    if (!steps.some(({ kind }) => kind === 'pass')) return;
    await this.#asking.pass(SOON_MS / 2 + 1);
    for (const [id, stored] of this.#stored) {
      stored.leftMs -= SOON_MS / 2 + 1;
      if (stored.leftMs <= 0) this.#stored.delete(id);
    }
  }

  #apply({ kind, id, ms }: Step): [Fill, unknown] {
    const stored = this.#stored.get(id);
    const asking = this.#asking;
    switch (kind) {
      case 'get':
        if (stored !== undefined) stored.leftMs = ms;
        return [asking.get(id, ms), stored?.value ?? 0];
      case 'set':
      case 'setInactiveValue': {
        const value = asking.values.next(id);
        this.#stored.set(id, { value, leftMs: ms });
        this.#setLast.set(id, value);
        return [asking[kind](id, value, ms), 0];
      }
      case 'setInactive':
        if (stored !== undefined) stored.leftMs = ms;
        return [asking.setInactive(id, ms), 0];
      case 'amend': {
        const head = this.#setLast.get(id) ?? asking.values.next('');
        const addition = `+${asking.values.next('')}`;
        if (stored !== undefined) stored.value += addition;
        return [asking.amend(id, head, addition), 0];
      }
      case 'delete':
        this.#stored.delete(id);
        return [asking.delete(id), stored === undefined ? 0 : 1];
      default:
        this.#stored.clear();
        return [asking.all(protocol.Op.CLEAR), 0];
    }
  }
}
