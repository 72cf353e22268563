import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runKillLoop } from './endurance/kill-loop.js';

const KILLS = 20;

test(`journal, process killed ${KILLS} times: nothing acknowledged is lost, no value is wrong`, async () => {
  const { kills, checked } = await runKillLoop(KILLS);
  assert.equal(kills, KILLS);
  assert(checked > 0);
});
