/** Values one after the other, as they are read. */
export interface ValueSource {
  /** How many are to come. */
  readonly left: number;
  /** Throws if there is none, or it cannot be read. */
  next(): unknown;
}

/** Of values that are there already. */
export class ValueList implements ValueSource {
  readonly #values: readonly unknown[];
  #at = 0;

  constructor(values: readonly unknown[]) {
    this.#values = values;
  }

  get left(): number {
    return this.#values.length - this.#at;
  }

  next(): unknown {
    if (this.left === 0) throw new RangeError(`expected more than ${this.#at} values`);
    return this.#values[this.#at++];
  }
}
