// The measured values of one run as growing columns, smoothed for the charts. It draws nothing.
import type { StepPoint, ValidationPoint } from '../../base/wire/events';
import { MEASURE_NAMES, MEASURES, valuesOf, type MeasureName } from '../../base/wire/measures';
import { Column, lowerBound } from '../ui/Chart/column';
import { Smoother } from '../ui/Chart/smoother';
import { TextCurve } from './textCurves';

/** Steps that the bold loss curve looks back on: calm enough to see a trend, quick enough to see a jump. */
const SMOOTHED_OVER = 12;
/** A step this much shorter than the mean arrived together with the one before it. */
const TOGETHER = 0.2;
/** Steps whose numbers may be on their way at a time (studio/train/train.ts). */
const MOST_TOGETHER = 2;
/** Steps that the speed looks back on. */
const SPEED_OVER = 10;

/** What a curve can run over; each rises from step to step. */
export const X_AXES = ['step', 'tokens', 'time'] as const;
export type XAxis = (typeof X_AXES)[number];

const columns = (): Readonly<Record<MeasureName, Column>> =>
  Object.fromEntries(MEASURE_NAMES.map((name) => [name, new Column()])) as Record<MeasureName, Column>;

const smoothed = MEASURE_NAMES.filter((name) => MEASURES[name].smoothed && name !== 'speed');
const validated = MEASURE_NAMES.filter((name) => MEASURES[name].validated);

/**
 * What one run measured, step by step, in columns that a chart draws from. Steps rise; a resumed run overwrites its
 * tail.
 */
export class Curves {
  readonly step = new Column();
  readonly validationStep = new Column();
  /** Each measure at each step; NaN where the run does not measure it. */
  readonly at = columns();
  /** The mean over the last steps, of the measures that are smoothed. */
  readonly smooth = columns();
  /** On the held-out rows, of the measures that are validated; by `validationStep`. */
  readonly validation = columns();

  /**
   * Spent since the run's own step 0, after each step: tokens that were read, graded or not, and milliseconds of the
   * steps themselves. NaN from the first step on that holds none.
   */
  readonly #spent = { tokens: new Column(), time: new Column() };
  /** The same at each measurement on the held-out rows. */
  readonly #validationSpent = { tokens: new Column(), time: new Column() };

  /** Of a run that mixes texts, one for each; the main one first. */
  readonly texts: TextCurve[] = [];

  readonly #smoothers = new Map(smoothed.map((name) => [name, new Smoother(SMOOTHED_OVER)]));
  #milliseconds = new Smoother(SPEED_OVER);
  #tokens = new Smoother(SPEED_OVER);
  #speed = NaN;
  /** The steps that arrived together last. */
  #bundle = { from: 0, tokens: 0, milliseconds: 0 };
  #stepTime = NaN;

  /** Tokens per second over the last steps; NaN before the first. */
  get tokensPerSecond(): number {
    return this.#speed;
  }

  /** Milliseconds per step over the last steps; NaN before the first. */
  get stepTime(): number {
    return this.#stepTime;
  }

  /** The x values of the points of the training steps, or of those on the held-out rows. */
  x(axis: XAxis, heldOut: boolean): Column {
    if (axis === 'step') return heldOut ? this.validationStep : this.step;
    return (heldOut ? this.#validationSpent : this.#spent)[axis];
  }

  /** Whether all steps say what they read, or how long they took. */
  knows(axis: XAxis): boolean {
    if (axis === 'step' || this.step.length === 0) return true;
    return this.#spent[axis].last > 0 && !this.#validationSpent[axis].view().some(Number.isNaN);
  }

  addStep(point: StepPoint): void {
    if (point.step <= this.step.last) this.#cutFrom(point.step);
    const values = valuesOf(point);
    this.step.push(point.step);
    const { tokens, time } = this.#spent;
    tokens.push((tokens.length > 0 ? tokens.last : 0) + point.tokens);
    time.push((time.length > 0 ? time.last : 0) + point.milliseconds);
    for (const name of MEASURE_NAMES) this.at[name].push(values[name] ?? NaN);
    for (const [name, smoother] of this.#smoothers) this.smooth[name].push(smoother.next(values[name] ?? NaN));
    point.origins?.forEach((loss, i) => this.#text(i).addStep(point.step, loss));
    this.#measureSpeed(point);
    this.#bundleSpeed(point);
    this.smooth.speed.push(this.#speed); // not the mean of speeds: a long step counts as long as it took
  }

  addValidation(point: ValidationPoint): void {
    if (point.step <= this.validationStep.last) this.#cutValidations(point.step);
    const values = valuesOf(point);
    this.validationStep.push(point.step);
    for (const axis of ['tokens', 'time'] as const) this.#validationSpent[axis].push(this.#spentAt(axis, point.step));
    for (const name of validated) this.validation[name].push(values[name] ?? NaN);
    point.origins?.forEach((loss, i) => this.#text(i).addValidation(point.step, loss));
  }

  /** Nothing is spent before the first step; a step whose point is not there has no place. */
  #spentAt(axis: 'tokens' | 'time', step: number): number {
    const at = lowerBound(this.step, step);
    if (step === 0) return 0;
    return this.step.at(at) === step ? this.#spent[axis].at(at) : NaN;
  }

  #text(index: number): TextCurve {
    return (this.texts[index] ??= new TextCurve());
  }

  /**
   * Numbers of several steps can arrive together: the first has waited for all of them, and the others took no time.
   * Each of them took its share of what the bundle took.
   */
  #bundleSpeed({ milliseconds, tokens }: StepPoint): void {
    const { from, tokens: before, milliseconds: took } = this.#bundle;
    const at = this.step.length - 1;
    const together = at > 0 && at - from < MOST_TOGETHER && milliseconds < TOGETHER * this.#stepTime;
    this.#bundle = together
      ? { from, tokens: before + tokens, milliseconds: took + milliseconds }
      : { from: at, tokens, milliseconds };
    const bundle = this.#bundle;
    if (bundle.milliseconds > 0) this.at.speed.fillFrom(bundle.from, (1000 * bundle.tokens) / bundle.milliseconds);
  }

  #measureSpeed(point: StepPoint): void {
    if (!(point.milliseconds > 0)) return;
    this.#stepTime = this.#milliseconds.next(point.milliseconds);
    this.#speed = (1000 * this.#tokens.next(point.tokens)) / this.#stepTime;
  }

  /** A run resumed from step N computes N + 1 … again: what was measured of these steps before no longer holds. */
  #cutFrom(step: number): void {
    const length = lowerBound(this.step, step);
    this.step.truncate(length);
    for (const spent of Object.values(this.#spent)) spent.truncate(length);
    this.#bundle = { from: length, tokens: 0, milliseconds: 0 };
    for (const name of MEASURE_NAMES) this.at[name].truncate(length);
    for (const name of [...smoothed, 'speed'] as const) this.smooth[name].truncate(length);
    for (const smoother of this.#smoothers.values()) smoother.reset();
    for (const text of this.texts) text.cutFrom(step);
    this.#cutValidations(step);
  }

  #cutValidations(step: number): void {
    const length = lowerBound(this.validationStep, step);
    this.validationStep.truncate(length);
    for (const spent of Object.values(this.#validationSpent)) spent.truncate(length);
    for (const name of validated) this.validation[name].truncate(length);
    for (const text of this.texts) text.validation.cutFrom(step);
  }
}
