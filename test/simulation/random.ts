/** Seeded pseudo-random numbers: sfc32 of PractRand (Chris Doty-Humphrey). Equal seeds, equal numbers. */
export class Random {
  readonly #state: Int32Array;

  constructor(seed: number) {
    this.#state = Int32Array.of(seed, seed / 2 ** 32, 0x9e3779b9, 1);
    // Seeds next to each other must not give numbers next to each other.
    for (let i = 0; i < 15; i++) this.next();
  }

  /** 0 to less than 1. */
  readonly next = (): number => {
    const [a = 0, b = 0, c = 0, counter = 0] = this.#state;
    const sum = (a + b + counter) | 0;
    this.#state[0] = b ^ (b >>> 9);
    this.#state[1] = c + (c << 3);
    this.#state[2] = ((c << 21) | (c >>> 11)) + sum;
    this.#state[3] = counter + 1;
    return (sum >>> 0) / 2 ** 32;
  };

  /** A whole number from 0 to less than `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** A whole number from `min` to `max`. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('expected something to pick from');
    return item;
  }

  /** A name, as often as its weight is part of all weights. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    let sum = 0;
    for (const name in weights) sum += weights[name];
    let left = this.next() * sum;
    for (const name in weights) {
      left -= weights[name];
      if (left < 0) return name;
    }
    throw new RangeError('expected weights above 0');
  }

  /** Others, which this one does not notice. */
  fork(): Random {
    return new Random(this.next() * 2 ** 53);
  }
}
