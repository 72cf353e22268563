import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lockDirectory } from '../../src/facade/directory-lock.js';
import type { LockFile, LockSystem } from '../../src/facade/lock-system.js';
import { ManualClock } from '../twins/manual-clock.js';
import { LockWorld, type SimulatedProcess } from '../twins/simulated-lock-system.js';

const DIRECTORY = '/journal';
const LOCK = '/journal/lock';
const STEPS = ['processOf', 'write', 'read', 'link', 'rename', 'remove', 'list'] as const;

interface Step {
  readonly name: string;
  readonly result: unknown;
}

/** How far one process has come that takes the lock, holds it and releases it. */
interface Progress {
  readonly steps: readonly Step[];
  readonly end: 'none' | 'died' | 'refused' | 'released';
}

interface State {
  readonly files: ReadonlyMap<string, LockFile>;
  readonly takers: readonly Progress[];
}

/**
 * Takes all ways in which the steps of some processes can follow each other, and in which some of them die in
 * between. A process is taken one step further by running it anew: it is told again what its steps have
 * given, takes one more, and is left there.
 */
class Exploration {
  readonly #clock = new ManualClock();
  readonly #takers: number;
  readonly #deathsMax: number;
  readonly #seen = new Set<string>();
  readonly #ids = new Map<string, number>();
  ends = 0;

  constructor(takers: number, deathsMax: number) {
    this.#takers = takers;
    this.#deathsMax = deathsMax;
  }

  get states(): number {
    return this.#seen.size;
  }

  run(prepare: (world: LockWorld) => void): void {
    const world = new LockWorld(this.#clock);
    prepare(world);
    const none: Progress = { steps: [], end: 'none' };
    const takers = Array.from({ length: this.#takers }, () => none);
    const states: State[] = [{ files: world.files, takers }];
    for (let state = states.pop(); state !== undefined; state = states.pop()) {
      for (const next of this.#after(state)) {
        const key = this.#keyOf(next);
        if (this.#seen.has(key)) continue;
        this.#seen.add(key);
        check(next);
        states.push(next);
      }
    }
  }

  #after(state: State): State[] {
    const { files, takers } = state;
    const going = [...takers.keys()].filter((taker) => takers[taker]?.end === 'none');
    if (going.length === 0) this.#end(state);
    const deaths = takers.filter(({ end }) => end === 'died').length;
    return going.flatMap((taker) => {
      const progress = takers[taker] as Progress;
      const next = [this.#step(state, taker)];
      if (deaths < this.#deathsMax && progress.steps.length > 0) {
        next.push({ files, takers: takers.with(taker, { ...progress, end: 'died' }) });
      }
      return next;
    });
  }

  #step({ files, takers }: State, taker: number): State {
    const world = new LockWorld(this.#clock);
    world.files = new Map(files);
    const processes = takers.map((progress, i) => startTaker(world, i, progress));
    const progress = takers[taker] as Progress;
    const system = world.systemOf(processes[taker] as SimulatedProcess);
    const after = takeOneStep(system, progress, taker, this.#clock);
    return { files: world.files, takers: takers.with(taker, after) };
  }

  /** Nobody is left: whoever comes gets the lock, and nothing else stays. */
  #end({ files, takers }: State): void {
    this.ends++;
    const world = new LockWorld(this.#clock);
    world.files = new Map(files);
    const system = { ...world.systemOf(world.start({ pid: 99 })), createToken: () => tokenOf(99) };
    const lock = lockDirectory(optionsOf(system, this.#clock));
    assert.deepEqual([...world.files.keys()], [LOCK]);
    lock.release();
    assert.equal(world.files.size, 0);
    if (takers.some(({ end }) => end === 'died')) return;
    assert(
      takers.some(({ end }) => end === 'released'),
      'somebody had it',
    );
  }

  #keyOf({ files, takers }: State): string {
    const parts = [[...files].sort(), ...takers].map((part) => {
      const text = JSON.stringify(part);
      const id = this.#ids.get(text) ?? this.#ids.size;
      this.#ids.set(text, id);
      return id;
    });
    return parts.join();
  }
}

function tokenOf(taker: number): string {
  return String(taker).padStart(32, '0');
}

function startTaker(world: LockWorld, taker: number, { end }: Progress): SimulatedProcess {
  const process = world.start({ pid: 10 + taker });
  if (end === 'died') world.end(process);
  return process;
}

function optionsOf(system: LockSystem, clock: ManualClock) {
  const silent = Object.assign(Object.create(clock), { after: () => () => {} });
  return { system, clock: silent, directory: DIRECTORY, onError: assert.ifError };
}

/** Tells the process what its steps have given, and lets it take one more. */
function takeOneStep(
  system: LockSystem,
  { steps }: Progress,
  taker: number,
  clock: ManualClock,
): Progress {
  const taken = [...steps];
  let told = 0;
  let isLeft = false;
  const step = (name: string, act: () => unknown): unknown => {
    const before = steps[told];
    if (before !== undefined) {
      told++;
      assert.equal(before.name, name);
      return before.result;
    }
    isLeft = taken.length > steps.length;
    if (isLeft) throw new Error('left here');
    const result = act();
    taken.push({ name, result });
    return result;
  };
  const stepped: Record<string, unknown> = { ...system, createToken: () => tokenOf(taker) };
  for (const name of STEPS) {
    const act = system[name] as (...values: unknown[]) => unknown;
    stepped[name] = (...values: unknown[]) => step(name, () => act(...values));
  }
  const end = (): Progress['end'] => {
    try {
      const lock = lockDirectory(optionsOf(stepped as unknown as LockSystem, clock));
      step('hold', () => true);
      lock.release();
      return 'released';
    } catch (error) {
      if (isLeft) return 'none';
      assert.equal((error as { code?: string }).code, 'ERR_JOURNAL_LOCKED', String(error));
      return 'refused';
    }
  };
  return { end: end(), steps: taken };
}

function check({ files, takers }: State): void {
  const holders = [...takers.keys()].filter((taker) => {
    const { end, steps } = takers[taker] as Progress;
    return end === 'none' && steps.some(({ name }) => name === 'hold');
  });
  assert(holders.length <= 1, `expected one holder, got ${holders}`);
  for (const holder of holders) {
    assert(files.get(LOCK)?.text.includes(tokenOf(holder)), 'the lock is that of its holder');
  }
}

/** A lock of a process that has ended. */
function left(world: LockWorld, path: string, pid: number): void {
  const { host, bootId, pidNamespace } = world.start({ pid: 1_000 });
  const token = tokenOf(pid);
  world.put(path, JSON.stringify({ host, pid, startTime: 7, bootId, pidNamespace, token }));
}

const BEFORE: Record<string, (world: LockWorld) => void> = {
  'no lock': () => {},
  'a lock left over': (world) => left(world, LOCK, 50),
  'an empty lock': (world) => world.put(LOCK, '', 60_000),
  'a lock and a claim left over': (world) => {
    left(world, LOCK, 50);
    left(world, `${LOCK}.${tokenOf(50)}`, 51);
  },
};

describe('lockDirectory, all interleavings: never two holders, and the next gets it', () => {
  for (const [name, prepare] of Object.entries(BEFORE)) {
    for (const [takers, deathsMax] of [
      [2, 2],
      [3, 0],
    ] as const) {
      it(`${name}; ${takers} processes, up to ${deathsMax} of which die`, () => {
        const exploration = new Exploration(takers, deathsMax);
        exploration.run(prepare);
        if (process.env['SHOW']) console.log(exploration.states, exploration.ends);
        assert(exploration.states > 100 && exploration.ends > 1);
      });
    }
  }
});
