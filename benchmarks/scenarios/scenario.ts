import type { PeerKind } from '../peers/peer.js';
import type { Sample } from '../report/results.js';

/** A size at which a scenario runs, such as 3,000,000 stored sessions. */
export interface Variant {
  readonly name: string;
  /** In the quick run a small number stands in for it. */
  readonly sessions: number;
  readonly shards?: number;
  /** See `PeerSettings`. */
  readonly pipelinesByItself?: boolean;
  /** Those of the scenario's that run at this size; default: all. */
  readonly subjects?: readonly string[];
  /** Roughly what one run takes on two cores; default: 20. */
  readonly secondsPerRun?: number;
}

export type Measured = Pick<Sample, 'metrics' | 'series'>;

export interface ScenarioContext {
  readonly kind: PeerKind;
  readonly variant: Variant;
  /** Small sizes and short times: only whether it works matters. */
  readonly quick: boolean;
  /** For the progress bar: `done` of `total`, in any unit. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Something that servers go through, run once in a process of its own for one kind of store. */
export interface Scenario {
  readonly name: string;
  /** What happens in it, in one sentence. */
  readonly title: string;
  variants(quick: boolean): readonly Variant[];
  /** The names of the kinds it makes sense for. */
  readonly subjects: readonly string[];
  /** More would say nothing new; default: no limit. */
  readonly roundsMax?: number;
  run(context: ScenarioContext): Promise<Measured>;
}
