import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf } from '../../../src/shard/redis/reply-error.js';
import { errorReply } from '../../twins/fake-redis.js';

const REPLIES = [
  ['OOM command not allowed', 'ERR_REDIS_OOM', false],
  ['WRONGTYPE Operation against a key', 'ERR_REDIS_WRONG_TYPE', false],
  ['READONLY You cannot write', 'ERR_REDIS_READONLY', true],
  ['LOADING Redis is loading', 'ERR_REDIS_LOADING', true],
  ['NOAUTH Authentication required', 'ERR_REDIS_AUTH', true],
  ['WRONGPASS invalid username-password pair', 'ERR_REDIS_AUTH', true],
  ['NOPERM this user has no permissions', 'ERR_REDIS_AUTH', true],
  ['CLUSTERDOWN Hash slot not served', 'ERR_REDIS_UNAVAILABLE', true],
  ['MASTERDOWN Link with MASTER is down', 'ERR_REDIS_UNAVAILABLE', true],
  ['BUSY Redis is busy running a script', 'ERR_REDIS_UNAVAILABLE', true],
  ['ERR unknown command', 'ERR_REDIS_REPLY', false],
  ['MISCONF Redis is configured to save', 'ERR_REDIS_UNAVAILABLE', true],
  ['NOREPLICAS Not enough good replicas', 'ERR_REDIS_UNAVAILABLE', true],
] as const;

for (const [message, code, isTransient] of REPLIES) {
  test(`failureOf: ${message} is ${code}, ${isTransient ? 'and passes' : 'and stays'}`, () => {
    const failure = failureOf(errorReply(message));
    assert.equal(failure.code, code);
    assert.equal(failure.isTransient, isTransient);
    assert.match(failure.detail, new RegExp(message));
  });
}

test('failureOf: what Redis 6 says of a command in a script is understood', () => {
  const failure = failureOf(errorReply("@user_script: 45: -READONLY You can't write"));
  assert.deepEqual(failure, {
    code: 'ERR_REDIS_READONLY',
    detail: "READONLY You can't write",
    isTransient: true,
    isOfAllWrites: false,
  });
});

test('failureOf: a server that takes no writes is told from one that does not answer', () => {
  for (const message of [
    'MISCONF Redis is configured',
    '@user_script: 5: -NOREPLICAS Not enough',
  ]) {
    const failure = failureOf(errorReply(message));
    assert.equal(failure.isOfAllWrites, true);
    assert.match(failure.detail, /^expected a server that takes writes, got: (MISCONF|NOREPLICAS)/);
  }
});

test('failureOf: a connection that fails may be tried again', () => {
  const failure = failureOf(new Error('connect ECONNREFUSED 127.0.0.1:6379'));
  assert.equal(failure.code, 'ERR_REDIS_UNAVAILABLE');
  assert.equal(failure.isTransient, true);
});

test('failureOf: a server that is a node of a cluster says which option is missing', () => {
  for (const word of ['MOVED 3999 127.0.0.1:6381', 'CROSSSLOT Keys in request']) {
    const failure = failureOf(errorReply(word));
    assert.equal(failure.code, 'ERR_REDIS_REPLY');
    assert.match(failure.detail, /store\.cluster/);
  }
});

test('failureOf: a long reply is cut', () => {
  assert(failureOf(errorReply(`ERR ${'x'.repeat(10_000)}`)).detail.length < 300);
});
