import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutSecrets } from '../../../src/shard/redis/secrets.js';

const WORDS = { username: 'user', password: 'invalid' };

const UNCHANGED = [
  'WRONGPASS invalid username-password pair or user is disabled.',
  'NOAUTH Authentication required.',
  'connect ECONNREFUSED 127.0.0.1:6379',
  'getaddrinfo ENOTFOUND user',
];
for (const text of UNCHANGED) {
  test(`withoutSecrets: a user and a password that are words leave "${text}" as it is`, () => {
    assert.equal(withoutSecrets(text, WORDS), text);
  });
}

const MASKED: [text: string, password: string, masked: string][] = [
  ['see redis://user:invalid@h:1/0', 'invalid', 'see redis://***@h:1/0'],
  ['ERR AUTH invalid called', 'invalid', 'ERR AUTH *** called'],
  ['AUTH user invalid', 'invalid', 'AUTH *** ***'],
  [`given 'user' "invalid" \`invalid\``, 'invalid', `given '***' "***" \`***\``],
  ['NOPERM User user has no permissions', 'invalid', 'NOPERM User *** has no permissions'],
  ['something of s3cret-0f-mine', 's3cret-0f-mine', 'something of ***'],
  [
    `ERR unknown command 'AUTH', with args beginning with: 'user' 'a very long passw`,
    'a very long password that the server has cut',
    `ERR unknown command 'AUTH', with args beginning with: ***`,
  ],
];
for (const [text, password, masked] of MASKED) {
  test(`withoutSecrets: "${text}" becomes "${masked}"`, () => {
    assert.equal(withoutSecrets(text, { username: 'user', password }), masked);
  });
}

test('withoutSecrets: without credentials only what is in a URL is masked', () => {
  const credentials = { username: undefined, password: '' };
  assert.equal(withoutSecrets(`'' a redis://b@c`, credentials), `'' a redis://***@c`);
});
