import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainRefusal, reasonOf } from '../../src/codec/refusal.js';

const refused = () => {};
const REASON = `${refused} could not be cloned.`;

function explain(part: unknown): string {
  return explainRefusal([['part', part]], new Error('the refusal'));
}

function cyclic(): unknown {
  const object = { first: {} };
  return Object.assign(object, { self: object, parts: [object, { refused }] });
}

const TOO_DEEP = 'more than 500 levels could not be stored';

function levels(count: number): unknown {
  let value: unknown = 'core';
  for (let level = 0; level < count; level++) value = [value];
  return value;
}

const EXPLANATIONS: Record<string, [part: unknown, explanation: string]> = {
  'function alone': [refused, `part: ${REASON}`],
  'symbol alone': [Symbol('s'), 'part: Symbol(s) could not be cloned.'],
  'function in an object': [{ a: 1, b: { c: refused } }, `part.b.c: ${REASON}`],
  'function in an array': [[1, [2, refused]], `part.1.1: ${REASON}`],
  'function in a map': [new Map([['k', new Map([[7, refused]])]]), `part.k[7]: ${REASON}`],
  'function in the second entry of a map': [
    new Map<unknown, unknown>([
      ['first', 1],
      ['second', refused],
    ]),
    `part.second: ${REASON}`,
  ],
  'function as a key of a map': [new Map([[refused, 1]]), `part[key a function]: ${REASON}`],
  'function inside a key of a map': [
    new Map([[{ a: refused }, 1]]),
    `part[key an object].a: ${REASON}`,
  ],
  'function in a set': [new Set([1, refused]), `part[element]: ${REASON}`],
  'function in the cause of an error': [
    new Error('wrapped', { cause: { a: refused } }),
    `part.cause.a: ${REASON}`,
  ],
  'function in a cycle': [cyclic(), `part.parts.1.refused: ${REASON}`],
  'function under a long key': [
    { ['k'.repeat(65)]: refused },
    `part[a string of 65 characters]: ${REASON}`,
  ],
  'map that is only refused as a whole': [new Map([[1, levels(500)]]), `part: ${TOO_DEEP}`],
  'set that is only refused as a whole': [new Set([levels(500)]), `part: ${TOO_DEEP}`],
  'error that is only refused as a whole': [
    new Error('wrapped', { cause: levels(500) }),
    `part: ${TOO_DEEP}`,
  ],
  'shared memory': [
    { a: new SharedArrayBuffer(1) },
    'part.a: SharedArrayBuffer could not be stored',
  ],
  proxy: [{ a: new Proxy({ b: 1 }, {}) }, 'part.a: #<Object> could not be cloned.'],
  'proxy whose keys cannot be listed': [
    {
      a: new Proxy({}, { ownKeys: () => assert.fail('not listed') }),
    },
    'part.a: #<Object> could not be cloned.',
  ],
  'proxy that has been revoked, as a key': [
    { a: new Map([[revoked(), 1]]) },
    'part.a: null could not be cloned.',
  ],
  'getter that throws': [
    {
      a: {
        get broken() {
          throw new Error('thrown by a getter');
        },
      },
    },
    'part.a.broken: thrown by a getter',
  ],
  'getter that throws a symbol': [
    {
      get broken() {
        throw Symbol('thrown');
      },
    },
    'part.broken: a symbol',
  ],
};

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

for (const [name, [part, explanation]] of Object.entries(EXPLANATIONS)) {
  test(`${name}: is named by its path`, () => assert.equal(explain(part), explanation));
}

test('function 20 levels down: the path ends at level 16', () => {
  let value: unknown = refused;
  for (let level = 0; level < 20; level++) value = { in: value };
  assert.equal(explain(value), `part${'.in'.repeat(16)}: ${REASON}`);
});

test('second of three parts: is the one that is named', () => {
  const parts = [
    ['first', 1],
    ['second', refused],
    ['third', refused],
  ] as const;
  assert.equal(explainRefusal(parts, new Error('the refusal')), `second: ${REASON}`);
});

test('parts that are all accepted alone: the refusal itself is told', () => {
  assert.equal(explain('accepted'), 'the refusal');
});

test('parts that cannot be listed: the refusal itself is told', () => {
  const parts = {
    [Symbol.iterator](): never {
      throw new Error('not listed');
    },
  };
  assert.equal(explainRefusal(parts, new Error('the refusal')), 'the refusal');
});

test('getter that throws a long message: is quoted in part', () => {
  const value = {
    get broken() {
      throw new Error('x'.repeat(5_000));
    },
  };
  assert.equal(explain(value), `part.broken: ${'x'.repeat(200)}`);
});

const REASONS: Record<string, [thrown: unknown, reason: string]> = {
  error: [new RangeError('message'), 'message'],
  text: ['thrown text', '"thrown text"'],
  undefined: [undefined, 'undefined'],
  'error whose message is a symbol': [errorWithMessage(Symbol('s')), 'Symbol(s)'],
  'error whose message cannot be read': [unreadableError(), 'it threw what cannot be read'],
  'proxy that has been revoked': [revoked(), 'it threw what cannot be read'],
};

function errorWithMessage(message: unknown): Error {
  return Object.assign(new Error(), { message });
}

function unreadableError(): Error {
  return Object.defineProperty(new Error(), 'message', {
    get: () => assert.fail('read'),
  });
}

for (const [name, [thrown, reason]] of Object.entries(REASONS)) {
  test(`${name}, thrown: has a reason`, () => assert.equal(reasonOf(thrown), reason));
}
