import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cloneSourceOf } from '../../src/codec/clone-source.js';

/** Classes that Node.js 20 clones into `{}` without a word, and later lines refuse or clone. */
const REFUSED: Record<string, () => object> = {
  DOMException: () => new DOMException('message', 'AbortError'),
  Headers: () => new Headers({ a: '1' }),
  FormData: () => new FormData(),
  Request: () => new Request('http://example.org'),
  Response: () => new Response('text'),
  URL: () => new URL('http://example.org'),
  URLSearchParams: () => new URLSearchParams('a=1'),
  MessageEvent: () => new MessageEvent('message'),
  MessagePort: () => new MessageChannel().port1,
};

for (const [name, make] of Object.entries(REFUSED)) {
  test(`${name}, or an object of a subclass: is refused by its name`, () => {
    const object = make();
    const refusal = { name: 'TypeError', message: `${name} could not be stored` };
    assert.throws(() => cloneSourceOf({ a: [new Map([[object, 1]])] }), refusal);
    assert.throws(() => cloneSourceOf(Object.setPrototypeOf(object, subclassOf(object))), refusal);
  });
}

function subclassOf(object: object): object {
  return Object.create(Object.getPrototypeOf(object));
}

test('reason of an aborted signal, and what atob throws: are DOMExceptions, and refused', () => {
  const refusal = { message: 'DOMException could not be stored' };
  assert.throws(() => cloneSourceOf({ reason: AbortSignal.abort().reason }), refusal);
  const thrown: unknown[] = [];
  try {
    atob('%');
  } catch (error) {
    thrown.push(error);
  }
  assert.equal(thrown.length, 1);
  assert.throws(() => cloneSourceOf(new Error('wrapped', { cause: thrown[0] })), refusal);
});

test('class of users that has the name of one that is refused: is cloned as any other', () => {
  class URL {
    readonly path = '/';
  }
  class Tagged extends URL {
    get [Symbol.toStringTag](): string {
      return assert.fail('read');
    }
  }
  Object.defineProperty(URL.prototype, Symbol.toStringTag, { value: 'URL' });
  for (const value of [new URL(), new Tagged()]) {
    assert.equal(cloneSourceOf(value).value, value);
  }
});

test('proxies, also among prototypes: none of their traps is called', () => {
  const trapped = new Proxy(
    {},
    { get: () => () => assert.fail('called'), ownKeys: () => assert.fail('called') },
  );
  const traps = new Proxy({}, { getPrototypeOf: () => assert.fail('called') });
  const value = [trapped, Object.create(traps), { inner: new Set([trapped]) }];
  assert.equal(cloneSourceOf(value).value, value);
});

test('value without Temporal objects: is its own source', () => {
  const cycle: unknown[] = [{ map: new Map([[{}, new Set([1])]]) }, new Error('e'), /a/, 1n, null];
  cycle.push(cycle);
  const { value, standIns } = cloneSourceOf(cycle);
  assert.equal(value, cycle);
  assert.equal(standIns.size, 0);
});

test('100,000 levels: are looked at without a deep stack', () => {
  let deep: unknown = 'core';
  for (let level = 0; level < 100_000; level++) deep = [deep];
  assert.equal(cloneSourceOf(deep).value, deep);
});
