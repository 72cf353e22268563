import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallGate } from '../../../src/shard/redis/call-gate.js';
import { drainMicrotasks } from '../../twins/test-provider.js';

function setUp(callsMax: number) {
  const state = { isClosed: false };
  const gate = new CallGate(callsMax, () => state.isClosed);
  const entered: number[] = [];
  const enter = (name: number) => {
    const waiting = gate.enter();
    if (waiting === undefined) entered.push(name);
    else void waiting.then(() => entered.push(name));
  };
  return { state, gate, entered, enter };
}

test('so many calls enter at once, each further one when one has left, in order', async () => {
  const { gate, entered, enter } = setUp(2);
  for (let name = 0; name < 5; name++) enter(name);
  assert.deepEqual(entered, [0, 1]);
  gate.leave();
  await drainMicrotasks();
  assert.deepEqual(entered, [0, 1, 2]);
  gate.leave();
  gate.leave();
  await drainMicrotasks();
  assert.deepEqual(entered, [0, 1, 2, 3, 4]);
});

test('closed gate lets nobody in until it is opened', async () => {
  const { state, gate, entered, enter } = setUp(2);
  state.isClosed = true;
  for (let name = 0; name < 3; name++) enter(name);
  gate.open();
  await drainMicrotasks();
  assert.deepEqual(entered, []);
  state.isClosed = false;
  gate.open();
  await drainMicrotasks();
  assert.deepEqual(entered, [0, 1]);
});

test('stopped gate lets all in, so that nobody waits for ever', async () => {
  const { state, gate, entered, enter } = setUp(1);
  state.isClosed = true;
  enter(0);
  gate.stop();
  enter(1);
  await drainMicrotasks();
  assert.deepEqual(entered.sort(), [0, 1]);
});
