import assert from 'node:assert/strict';
import { NONE, STORE_FULL } from '../../src/protocol.js';
import { FAR_MS, type ServedStoreOptions, SOON_MS, testsOf } from './asking.js';

/** The value was refused: of a SET_INACTIVE_VALUE, and what is stored is inactive; or of another, and that is all. */
function isRefusal(result: unknown, isInactive: boolean): boolean {
  if (result === STORE_FULL) return true;
  if (typeof result !== 'object' || result === null || !('code' in result)) return false;
  return result.code === 'ERR_REDIS_OOM' && 'isInactive' in result === isInactive;
}

function assertRefused(results: readonly unknown[], isInactive: boolean): void {
  for (const result of results) {
    assert(isRefusal(result, isInactive), `${JSON.stringify(result)} is a refusal`);
  }
}

/** What every store must do behind its shard when it has no room for a value. */
export function testServedRefusals(name: string, options: ServedStoreOptions): void {
  const it = testsOf(name, options);

  it('a value that is refused leaves what is stored, which becomes inactive', async (asking) => {
    const { batch, values, get, set, setInactiveValue } = asking;
    const value = values.next('old');
    await batch(set('a', value), set('b', value));
    await asking.refuseValues();
    const refused = await batch(
      setInactiveValue('a', values.next('new'), SOON_MS),
      setInactiveValue('b', values.next('new'), SOON_MS),
      setInactiveValue('unknown', values.next('new'), SOON_MS),
    );
    assertRefused(refused, true);
    assert.deepEqual(await batch(get('a'), get('unknown')), [value, NONE]);
    await asking.pass(2 * SOON_MS);
    assert.deepEqual(await batch(get('a'), get('b')), [value, NONE]);
  });

  it('a get behind a value that is refused, in one batch, makes the session active', async (asking) => {
    const { batch, values, get, set, setInactiveValue } = asking;
    const value = values.next('old');
    await batch(set('a', value));
    await asking.refuseValues();
    const [refused, got] = await batch(
      setInactiveValue('a', values.next('new'), SOON_MS),
      get('a'),
    );
    assertRefused([refused], true);
    assert.equal(got, value);
    await asking.pass(2 * SOON_MS);
    assert.deepEqual(await batch(get('a')), [value]);
  });

  it('a value that is refused does not let those behind it in', async (asking) => {
    const { batch, values, get, set, setInactiveValue, amend } = asking;
    const value = values.next('old');
    await batch(set('a', value), set('b', value), set('c', value));
    await asking.refuseValues();
    const [first, second, third, addition] = await batch(
      setInactiveValue('a', values.next('new'), SOON_MS),
      set('b', values.next('new')),
      setInactiveValue('d', values.next('new'), SOON_MS),
      amend('c', value, '+'),
    );
    assertRefused([first, third], true);
    assertRefused([second], false);
    assert.equal(addition, STORE_FULL);
    assert.deepEqual(await batch(...['a', 'b', 'c', 'd'].map((id) => get(id))), [
      ...Array(3).fill(value),
      NONE,
    ]);
  });

  it('an addition to a value that was refused is none to the one that is stored', async (asking) => {
    const { batch, values, get, set, setInactiveValue, amend } = asking;
    const [value, refused] = [values.next('old'), values.next('new')];
    await batch(set('a', value));
    await asking.refuseValues();
    const [result, addition] = await batch(
      setInactiveValue('a', refused, SOON_MS),
      amend('a', refused, '+'),
    );
    assertRefused([result], true);
    assert.equal(addition, NONE);
    assert.deepEqual(await batch(get('a')), [value]);
  });

  it('a delete needs no room, and a value that is refused does not bring the session back', async (asking) => {
    const { batch, values, get, set, setInactiveValue, delete: remove } = asking;
    await batch(set('a', values.next('old')), set('b', values.next('old')), remove('b'));
    await asking.refuseValues();
    const [first, removed, again, refused, got] = await batch(
      setInactiveValue('a', values.next('new'), SOON_MS),
      remove('a'),
      remove('a'),
      setInactiveValue('a', values.next('newer'), FAR_MS),
      get('a'),
    );
    assertRefused([first, refused], true);
    assert.deepEqual([removed, again, got], [1, NONE, NONE]);
    const results = await batch(remove('b'), setInactiveValue('b', values.next('new'), SOON_MS));
    assert.equal(results[0], NONE);
    assertRefused(results.slice(1), true);
    assert.deepEqual(await batch(get('b')), [NONE]);
  });
}
