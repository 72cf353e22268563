import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StartQueue, type StartTicket } from '../../src/facade/start-queue.js';
import { ManualClock } from '../twins/manual-clock.js';

function setUp(startsMax: number) {
  const clock = new ManualClock();
  const queue = new StartQueue({ clock, startsMax });
  const begun: number[] = [];
  const enter = (name: number): StartTicket => queue.enter(() => begun.push(name));
  return { clock, begun, enter };
}

test('starts begin in order, one in a turn of the event loop, the first at once', () => {
  const { clock, begun, enter } = setUp(10);
  for (let name = 0; name < 4; name++) enter(name);
  assert.deepEqual(begun, [0]);
  clock.runTurn();
  assert.deepEqual(begun, [0, 1]);
  clock.runTurns();
  assert.deepEqual(begun, [0, 1, 2, 3]);
});

test('no more starts are under way than may be; one that is over lets the next begin', () => {
  const { clock, begun, enter } = setUp(2);
  const tickets = [0, 1, 2, 3].map(enter);
  clock.runTurns();
  assert.deepEqual(begun, [0, 1]);
  tickets[1]?.leave();
  assert.deepEqual(begun, [0, 1, 2]);
  clock.runTurns();
  assert.deepEqual(begun, [0, 1, 2]);
});

test('ticket that is given back before its start never starts', () => {
  const { clock, begun, enter } = setUp(1);
  const tickets = [0, 1, 2].map(enter);
  tickets[1]?.leave();
  tickets[0]?.leave();
  clock.runTurns();
  assert.deepEqual(begun, [0, 2]);
});

test('ticket that is given back twice makes room for one', () => {
  const { clock, begun, enter } = setUp(1);
  const tickets = [0, 1, 2].map(enter);
  tickets[0]?.leave();
  tickets[0]?.leave();
  clock.runTurns();
  assert.deepEqual(begun, [0, 1]);
});

test('start that ends while it begins, and is to begin again, waits for its turn', () => {
  const { clock, begun, enter } = setUp(1);
  const first = enter(0);
  enter(1);
  first.leave();
  const again = enter(2);
  clock.runTurns();
  assert.deepEqual(begun, [0, 1]);
  again.leave();
  clock.runTurns();
  assert.deepEqual(begun, [0, 1]);
});

test('whatever enters and leaves when: the bound and the order hold, and each start begins once', () => {
  const steps = fc.array(fc.oneof(fc.constant('enter'), fc.constant('turn'), fc.nat(30)), {
    maxLength: 80,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), steps, (startsMax, all) => {
      const { clock, begun, enter } = setUp(startsMax);
      const tickets: StartTicket[] = [];
      const left = new Set<number>();
      const underWay = () => begun.filter((name) => !left.has(name)).length;
      for (const step of all) {
        const before = begun.length;
        if (step === 'enter') tickets.push(enter(tickets.length));
        else if (step === 'turn') clock.runTurn();
        else if (step < tickets.length) {
          left.add(step);
          tickets[step]?.leave();
        }
        assert(begun.length - before <= 1);
        assert(underWay() <= startsMax);
      }
      clock.runTurns();
      const wanted = tickets.map((_, name) => name).filter((name) => !left.has(name));
      assert.deepEqual(
        begun,
        [...new Set(begun)].sort((one, other) => one - other),
      );
      assert.equal(underWay(), Math.min(startsMax, wanted.length));
    }),
  );
});
