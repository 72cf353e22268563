/** Points in time are instants; what was never answered has a response at infinity. */
interface Interval {
  readonly call: number;
  readonly response: number;
}

/** 0 stands for "no session" wherever a version is meant. */
export interface Write extends Interval {
  /** 0: removes the session. */
  readonly version: number;
  /** What a removal said: whether there was one. */
  readonly existed?: boolean;
  /** It failed in a way that leaves open whether it was done. */
  readonly optional: boolean;
}

export interface Read extends Interval {
  readonly version: number;
  /** Writes that were called before that must have happened; the call of the read, or later. */
  readonly seesWritesBefore: number;
}

/** The session goes on its own, at that instant. */
export interface Departure {
  readonly instant: number;
  /** Only this version, if it is there; `undefined`: whichever is there. */
  readonly version?: number;
  /** It may also not have happened. */
  readonly certain: boolean;
  /** It does not go, but is of this version from then on. */
  readonly becomes?: number;
}

/** What was seen of one id. Writes and reads are in the order of their calls. */
export interface RegisterHistory {
  readonly writes: readonly Write[];
  readonly reads: readonly Read[];
  /** In order. */
  readonly departures: readonly Departure[];
}

interface Position {
  readonly write: number;
  readonly departure: number;
  readonly version: number;
  /** Indexes of the reads that are not explained yet. */
  readonly reads: readonly number[];
}

/**
 * Looks for one order in which all that was seen could have happened at single points in time: the search
 * of Wing and Gong ("Testing and verifying concurrent objects", 1993), with the memory of Lowe ("Testing
 * for linearizability", 2017). What has begun after another's end comes after it. Beyond that, writes
 * happen in the order of their calls, and a read after all writes that were called before it.
 *
 * A read changes nothing, so it is explained as soon as it can be, which never hurts.
 */
export class LinearizabilitySearch {
  readonly #history: RegisterHistory;
  /** The earliest response of the writes from each on. */
  readonly #earliestResponse: number[];
  /** How many writes were called before each read. */
  readonly #writesBefore: number[];
  readonly #failed = new Set<string>();
  #farthest: Position = { write: 0, departure: 0, version: 0, reads: [] };
  #farthestSteps = -1;

  constructor(history: RegisterHistory) {
    const { writes, reads } = history;
    this.#history = history;
    this.#earliestResponse = new Array<number>(writes.length + 1).fill(Number.POSITIVE_INFINITY);
    for (const [i, { response, optional }] of [...writes.entries()].reverse()) {
      const later = this.#earliestResponse[i + 1] ?? Number.POSITIVE_INFINITY;
      this.#earliestResponse[i] = optional ? later : Math.min(response, later);
    }
    this.#writesBefore = reads.map(
      ({ seesWritesBefore }) => writes.filter(({ call }) => call < seesWritesBefore).length,
    );
  }

  /** `undefined` if there is such an order; else what the search could not get past. */
  explainFailure(): string | undefined {
    const reads = [...this.#history.reads.keys()];
    if (this.#search({ write: 0, departure: 0, version: 0, reads })) return undefined;
    const { write, departure, version, reads: unexplained } = this.#farthest;
    const next = unexplained.slice(0, 3).map((i) => this.#history.reads[i]);
    return [
      `no order explains what was seen; the farthest got to version ${version} and not past`,
      `  write ${JSON.stringify(this.#history.writes[write])}`,
      `  departure ${JSON.stringify(this.#history.departures[departure])}`,
      `  reads ${JSON.stringify(next)}`,
    ].join('\n');
  }

  #search(from: Position): boolean {
    const position = this.#explainReads(from);
    const { write, departure, version, reads } = position;
    const { writes, departures } = this.#history;
    if (write === writes.length && departure === departures.length && reads.length === 0)
      return true;
    const key = `${write},${departure},${version},${reads}`;
    if (this.#failed.has(key)) return false;
    this.#failed.add(key);
    this.#noteFarthest(position);
    return this.#tryWrite(position) || this.#tryDeparture(position) || this.#trySkip(position);
  }

  #tryWrite(position: Position): boolean {
    const next = this.#history.writes[position.write];
    if (next === undefined || next.call > this.#deadline(position)) return false;
    if (next.existed !== undefined && next.existed !== (position.version !== 0)) return false;
    return this.#search({ ...position, write: position.write + 1, version: next.version });
  }

  #tryDeparture(position: Position): boolean {
    const next = this.#history.departures[position.departure];
    if (next === undefined || next.instant > this.#deadline(position)) return false;
    const after = { ...position, departure: position.departure + 1 };
    const goes = next.version === undefined || next.version === position.version;
    if (goes && this.#search({ ...after, version: next.becomes ?? 0 })) return true;
    return (!goes || !next.certain) && this.#search(after);
  }

  #trySkip(position: Position): boolean {
    const next = this.#history.writes[position.write];
    if (!next?.optional) return false;
    return this.#search({ ...position, write: position.write + 1 });
  }

  #explainReads(from: Position): Position {
    let position = from;
    for (;;) {
      const deadline = this.#deadline(position);
      const { write, version, reads } = position;
      const left = reads.filter((i) => {
        const read = this.#history.reads[i];
        const writesBefore = this.#writesBefore[i] ?? 0;
        const possible = read?.version === version && read.call < deadline && writesBefore <= write;
        return !possible;
      });
      if (left.length === reads.length) return position;
      position = { ...position, reads: left };
    }
  }

  /** What is called later than this cannot be next: something must have happened before. */
  #deadline({ write, departure, reads }: Position): number {
    let deadline = Math.min(
      this.#earliestResponse[write] ?? Number.POSITIVE_INFINITY,
      this.#history.departures[departure]?.instant ?? Number.POSITIVE_INFINITY,
    );
    for (const i of reads) {
      deadline = Math.min(deadline, this.#history.reads[i]?.response ?? deadline);
    }
    return deadline;
  }

  #noteFarthest(position: Position): void {
    const { reads, writes } = this.#history;
    const steps = position.write + position.departure + reads.length - position.reads.length;
    if (steps <= this.#farthestSteps || writes.length === 0) return;
    this.#farthestSteps = steps;
    this.#farthest = position;
  }
}
