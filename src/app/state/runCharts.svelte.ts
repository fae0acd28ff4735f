// What the charts of one run share: their zoom, their marks, and the lines of each axis. It draws nothing.
import { mixedNames } from '../../base/records/mix';
import { isLeftBehind, type RunRecord } from '../../base/records/run';
import { MEASURES, measuresOf, type Axis } from '../../base/wire/measures';
import { axesOf, chartLinesOf, textLinesOf } from './measureLines';
import type { RunView } from './runView.svelte';
import { ChartGroup } from '../ui/Chart/group.svelte';
import type { Marker } from '../ui/Chart/types';
import { datasetNameWords } from '../words/datasetWords';
import { m } from '../words/generated/messages.js';
import { language } from '../words/language.svelte';
import { AXIS_WORDS, axisTerms, writtenIn } from '../words/measureWords';

interface Shown {
  run: RunRecord;
  view: RunView;
}

const isOfPairs = (axis: Axis): boolean => MEASURES[measuresOf(axis)[0]!].only !== undefined;

/** The charts of the run that is shown; another run has other steps, so its charts begin unzoomed. */
export class RunCharts {
  readonly #shown: () => Shown;
  readonly #id = $derived.by(() => this.#shown().view.id);
  readonly #group = $derived((void this.#id, new ChartGroup()));
  markers = $derived.by<Marker[]>(() => {
    const { run, view } = this.#shown();
    const kept = view.checkpoints.filter((checkpoint) => !isLeftBehind(run, checkpoint));
    return [
      ...kept.map(({ step, best }) => ({ step, kind: best ? ('best' as const) : ('checkpoint' as const) })),
      ...(run.changes ?? []).map(({ step }) => ({ step, kind: 'change' as const })),
    ];
  });
  shared = $derived.by(() => {
    const { run, view } = this.#shown();
    return { version: view.version, group: this.#group, lastStep: run.totalSteps || undefined };
  });
  /** Rewards and their margin: what a run on pairs of answers is judged by, beside the loss. */
  ofPairs = $derived.by<Axis[]>(() => axesOf(this.#shown().run).filter(isOfPairs));
  /** The others that such a run measures. */
  others = $derived.by<Axis[]>(() => axesOf(this.#shown().run).filter((axis) => axis !== 'loss' && !isOfPairs(axis)));

  constructor(shown: () => Shown) {
    this.#shown = shown;
  }

  /** The loss by text; undefined where the run mixes none. */
  get byText() {
    const { run, view } = this.#shown();
    const names = mixedNames(run).map(datasetNameWords);
    if (names.length === 0) return undefined;
    return { ...this.of('loss'), title: m.mix_loss(), lines: textLinesOf(names, view.curves) };
  }

  of(axis: Axis) {
    const { run, view } = this.#shown();
    return {
      title: AXIS_WORDS[axis].title(run),
      unit: AXIS_WORDS[axis].unit(run),
      ...axisTerms(axis, run),
      lines: chartLinesOf(axis, view.curves),
      format: writtenIn(MEASURES[measuresOf(axis)[0]!].unit, language.format),
      canLog: axis === 'loss' || axis === 'gradNorm',
      ...(axis === 'memory' && { leastSpan: 0.5 }),
      ...(axis === 'speed' && { withoutOutliers: true }),
    };
  }
}
