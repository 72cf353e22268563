import { performance } from 'node:perf_hooks';
import { checkMutations } from '../shard/journal/mutations.js';
import { readNumbers } from './arguments.js';

/**
 * Damages journals, logs and snapshots, and loads them; exits with 1 if something is applied that was not
 * written, or not in its order, or if a load fails in another way than with `ERR_JOURNAL_CORRUPT`.
 *
 *   npm run mutate -- --mutations 100000 --seed 1
 */
const { mutations, seed } = readNumbers({
  mutations: 100_000,
  seed: 1 + Math.floor(Math.random() * 2 ** 31),
});
const startMs = performance.now();
const { refused } = checkMutations(mutations, seed);
const seconds = Math.round((performance.now() - startMs) / 1_000);
const result = { node: process.version, mutations, seed, seconds, refused };
console.log(JSON.stringify(result, undefined, 2));
