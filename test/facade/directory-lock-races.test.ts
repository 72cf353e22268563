import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lockDirectory } from '../../src/facade/directory-lock.js';
import type { LockFile, LockSystem } from '../../src/facade/lock-system.js';
import { draftPath } from '../../src/shard/journal/lock-files.js';
import { Random } from '../simulation/random.js';
import { ManualClock } from '../twins/manual-clock.js';
import { LockWorld, type SimulatedProcess } from '../twins/simulated-lock-system.js';

const DIRECTORY = '/journal';
const LOCK = '/journal/lock';
const WALKS = 300;
const STEPS = [
  'processOf',
  'create',
  'makeDirectory',
  'read',
  'exists',
  'link',
  'rename',
  'remove',
  'list',
] as const;

/**
 * Taken together with the step behind them where all orders are tried, as these would be too many: what nobody else does
 * to the same name, or looks at before that step.
 */
const TOGETHER = new Set(['processOf', 'create', 'read draft', 'makeDirectory', 'exists', 'end']);

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
  readonly directories: ReadonlySet<string>;
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
  readonly #together: ReadonlySet<string>;
  readonly #seen = new Set<string>();
  readonly #ids = new Map<string, number>();
  ends = 0;

  constructor(takers: number, deathsMax: number, together: ReadonlySet<string> = new Set()) {
    this.#takers = takers;
    this.#together = together;
    this.#deathsMax = deathsMax;
  }

  get states(): number {
    return this.#seen.size;
  }

  run(prepare: (world: LockWorld) => void): void {
    const states = [this.#start(prepare)];
    for (let state = states.pop(); state !== undefined; state = states.pop()) {
      const steps = this.#steps(state);
      if (steps.length === 0) this.#end(state);
      for (const next of [...steps, ...this.#deaths(state)]) {
        const key = this.#keyOf(next);
        if (this.#seen.has(key)) continue;
        this.#seen.add(key);
        check(next);
        states.push(next);
      }
    }
  }

  /** One way of very many. */
  walk(prepare: (world: LockWorld) => void, random: Random): void {
    let state = this.#start(prepare);
    for (let left = going(state); left.length > 0; left = going(state)) {
      const deaths = random.below(15) === 0 ? this.#deaths(state) : [];
      state = deaths.length > 0 ? random.pick(deaths) : this.#step(state, random.pick(left));
      check(state);
    }
    this.#end(state);
  }

  #start(prepare: (world: LockWorld) => void): State {
    const world = new LockWorld(this.#clock);
    prepare(world);
    const takers = Array(this.#takers).fill({ steps: [], end: 'none' });
    return { ...placesOf(world), takers };
  }

  #steps(state: State): State[] {
    return going(state).map((taker) => this.#step(state, taker));
  }

  #deaths(state: State): State[] {
    const { takers } = state;
    if (takers.filter(({ end }) => end === 'died').length === this.#deathsMax) return [];
    return going(state).map((taker) => {
      const { steps } = takers[taker] as Progress;
      return { ...state, takers: takers.with(taker, { steps, end: 'died' }) };
    });
  }

  #step({ files, directories, takers }: State, taker: number): State {
    const world = new LockWorld(this.#clock);
    world.files = new Map(files);
    world.directories = new Set(directories);
    const processes = takers.map((progress, i) => startTaker(world, i, progress));
    const progress = takers[taker] as Progress;
    const system = world.systemOf(processes[taker] as SimulatedProcess);
    const after = takeOneStep(system, progress, taker, this.#clock, this.#together);
    return { ...placesOf(world), takers: takers.with(taker, after) };
  }

  /** Nobody is left: whoever comes gets the lock, and nothing else stays. */
  #end({ files, directories, takers }: State): void {
    this.ends++;
    if (takers.every(({ end }) => end !== 'died')) {
      assert(takers.some(({ end }) => end === 'released'));
      assert.equal(files.size, 0);
    }
    const world = new LockWorld(this.#clock);
    world.files = new Map(files);
    world.directories = new Set(directories);
    const system = { ...world.systemOf(world.start({ pid: 99 })), createToken: () => tokenOf(99) };
    const lock = lockDirectory(optionsOf(system, this.#clock));
    assert.deepEqual([...world.files.keys()], [LOCK]);
    lock.release();
    assert.equal(world.files.size, 0);
  }

  #keyOf({ files, directories, takers }: State): string {
    const parts = [[...files].sort(), [...directories].sort(), ...takers].map((part) => {
      const text = JSON.stringify(part);
      const id = this.#ids.get(text) ?? this.#ids.size;
      this.#ids.set(text, id);
      return id;
    });
    return parts.join();
  }
}

function placesOf({ files, directories }: LockWorld): Pick<State, 'files' | 'directories'> {
  return { files, directories };
}

/** Those that have not ended. */
function going({ takers }: State): number[] {
  return [...takers.keys()].filter((taker) => takers[taker]?.end === 'none');
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
  together: ReadonlySet<string>,
): Progress {
  const taken = [...steps];
  let told = 0;
  let isLeft = false;
  let isDone = false;
  const step = (name: string, act: () => unknown): unknown => {
    const before = steps[told];
    if (before !== undefined) {
      told++;
      assert.equal(before.name, name);
      return before.result;
    }
    isLeft = isDone;
    if (isLeft) throw new Error('left here');
    const result = act();
    taken.push({ name, result });
    isDone = !together.has(name);
    return result;
  };
  const stepped: Record<string, unknown> = { ...system, createToken: () => tokenOf(taker) };
  for (const name of STEPS) {
    const act = system[name] as (...values: unknown[]) => unknown;
    stepped[name] = (...values: unknown[]) => {
      const isOwnDraft = name === 'read' && values[0] === draftPath(DIRECTORY, tokenOf(taker));
      return step(isOwnDraft ? 'read draft' : name, () => act(...values));
    };
  }
  const create = (path: string, textFor: (descriptor: undefined) => string): unknown => {
    // It takes steps of its own.
    const text = textFor(undefined);
    return step('create', () => system.create(path, () => text));
  };
  Object.assign(stepped, { create });
  const end = (): Progress['end'] => {
    try {
      const lock = lockDirectory(optionsOf(stepped as unknown as LockSystem, clock));
      step('hold', () => true);
      step('end', () => true);
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
    const names = steps.map(({ name }) => name);
    return end === 'none' && names.includes('hold') && !names.includes('end');
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

describe('lockDirectory by several at once: never two holders, and who comes later gets it', () => {
  for (const [name, prepare] of Object.entries(BEFORE)) {
    it(`${name}; 2 processes, one of which may die, in all orders of their steps`, () => {
      const exploration = new Exploration(2, 1, TOGETHER);
      exploration.run(prepare);
      assert(exploration.states > 1_000 && exploration.ends > 100);
    });

    it(`${name}; 4 processes, 3 of which may die, in many orders`, () => {
      const exploration = new Exploration(4, 3);
      for (let seed = 1; seed <= WALKS; seed++) exploration.walk(prepare, new Random(seed));
      assert.equal(exploration.ends, WALKS);
    });
  }
});
