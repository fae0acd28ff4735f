// The defaults of the form that a sample text and the pace of this machine decide, kept up to date with both.
import type { TrainSettings } from '../../base/settings/trainSettings';
import type { Preset } from '../../base/settings/presets';
import type { SampleName } from '../../base/records/samples';
import type { RunEstimate } from '../../base/wire/machine';
import { beginningOf, isByTime, secondsOf } from './beginnings';

/** What is chosen, as far as the defaults follow from it. */
interface Chosen {
  /** Absent where weights are tuned that are here already. */
  preset: Preset | undefined;
  sample: SampleName | undefined;
  /** Of the size or the tuning, with what was changed by hand. */
  settings: TrainSettings;
  overrides: Partial<TrainSettings>;
  /** Of the texts, about. */
  tokens: number;
}

/** What a run begins with here, and how long it is to take. */
export class Begins {
  readonly #chosen: () => Chosen;
  /** Seconds of a step, by the last estimate. */
  #stepSeconds = $state<number>();
  /** As text, so that an estimate of the same pace changes no setting. */
  #written = $derived.by(() => JSON.stringify(beginningOf({ ...this.#chosen(), stepSeconds: this.#stepSeconds })));
  settings = $derived(JSON.parse(this.#written) as Partial<TrainSettings>);
  /** How long the run takes by default. */
  seconds = $derived.by(() => secondsOf(this.#chosen().preset));
  /** A step may take so long that a measurement of it would say nothing new: the run is as short as runs are. */
  paceMatters = $derived((this.#stepSeconds ?? 0) < 1);
  /** The run ends after a time unless a person said how many steps or passes. */
  byTime = $derived.by(() => {
    const { overrides, ...made } = this.#chosen();
    return isByTime(made) && !('steps' in overrides) && !('durationUnit' in overrides);
  });

  constructor(chosen: () => Chosen) {
    this.#chosen = chosen;
  }

  /** The pace of a new estimate, in three digits: what is counted from it does not change with the last bits. */
  paceOf({ seconds, totalSteps }: Pick<RunEstimate, 'seconds' | 'totalSteps'>): void {
    if (seconds && totalSteps > 0) this.#stepSeconds = Number((seconds / totalSteps).toPrecision(3));
  }
}
