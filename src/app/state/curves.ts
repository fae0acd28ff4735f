// The measured values of one run as growing columns, smoothed for the charts. It draws nothing.
import type { Rewards, StepPoint, ValidationPoint } from '../../base/wire/events';
import { Column, lowerBound } from '../ui/Chart/column';
import { Smoother } from '../ui/Chart/smoother';

/** Steps that the bold loss curve looks back on: calm enough to see a trend, quick enough to see a jump. */
const SMOOTHED_OVER = 12;
/** Steps that the speed looks back on. */
const SPEED_OVER = 10;

/**
 * What a run on pairs of answers measured beside the loss; NaN in any other run. Accuracies stand with those of tokens.
 */
export class RewardCurves {
  readonly chosen = new Column();
  readonly rejected = new Column();
  readonly margin = new Column();
  readonly smoothMargin = new Column();
  readonly logOddsRatio = new Column();
  readonly logOddsChosen = new Column();
  readonly #smoother = new Smoother(SMOOTHED_OVER);

  add(rewards: Rewards | undefined): void {
    const { chosen = NaN, rejected = NaN, margin = NaN, logOddsRatio = NaN, logOddsChosen = NaN } = rewards ?? {};
    this.chosen.push(chosen);
    this.rejected.push(rejected);
    this.margin.push(margin);
    this.smoothMargin.push(this.#smoother.next(margin));
    this.logOddsRatio.push(logOddsRatio);
    this.logOddsChosen.push(logOddsChosen);
  }

  cut(length: number): void {
    for (const column of [this.chosen, this.rejected, this.margin]) column.truncate(length);
    for (const column of [this.smoothMargin, this.logOddsRatio, this.logOddsChosen]) column.truncate(length);
    this.#smoother.reset();
  }
}

/**
 * What one run measured, step by step, in columns that a chart draws from. Steps rise; a resumed run overwrites its
 * tail.
 */
export class Curves {
  readonly step = new Column();
  readonly loss = new Column();
  readonly smooth = new Column();
  readonly accuracy = new Column();
  readonly gradNorm = new Column();
  readonly rate = new Column();
  /** Tokens per second, of each step and over the last steps. */
  readonly speed = new Column();
  readonly smoothSpeed = new Column();
  /** Bytes of GPU memory after each step. */
  readonly memory = new Column();
  readonly validationStep = new Column();
  readonly validationLoss = new Column();
  readonly validationAccuracy = new Column();
  readonly rewards = new RewardCurves();
  readonly validationRewards = new RewardCurves();

  #smoother = new Smoother(SMOOTHED_OVER);
  #milliseconds = new Smoother(SPEED_OVER);
  #tokens = new Smoother(SPEED_OVER);
  #speed = NaN;
  #stepTime = NaN;

  /** Tokens per second over the last steps; NaN before the first. */
  get tokensPerSecond(): number {
    return this.#speed;
  }

  /** Milliseconds per step over the last steps; NaN before the first. */
  get stepTime(): number {
    return this.#stepTime;
  }

  addStep(point: StepPoint): void {
    if (point.step <= this.step.last) this.#cutFrom(point.step);
    this.step.push(point.step);
    this.loss.push(point.loss);
    this.smooth.push(this.#smoother.next(point.loss));
    this.accuracy.push(point.accuracy);
    this.gradNorm.push(point.gradNorm);
    this.rate.push(point.rate);
    this.speed.push(point.milliseconds > 0 ? (1000 * point.tokens) / point.milliseconds : NaN);
    this.memory.push(point.gpuBytes);
    this.rewards.add(point.rewards);
    this.#measureSpeed(point);
    this.smoothSpeed.push(this.#speed);
  }

  addValidation(point: ValidationPoint): void {
    if (point.step <= this.validationStep.last) this.#cutValidations(point.step);
    this.validationStep.push(point.step);
    this.validationLoss.push(point.loss);
    this.validationAccuracy.push(point.accuracy);
    this.validationRewards.add(point.rewards);
  }

  #measureSpeed(point: StepPoint): void {
    if (!(point.milliseconds > 0)) return;
    this.#stepTime = this.#milliseconds.next(point.milliseconds);
    this.#speed = (1000 * this.#tokens.next(point.tokens)) / this.#stepTime;
  }

  /** A run resumed from step N computes N + 1 … again: what was measured of these steps before no longer holds. */
  #cutFrom(step: number): void {
    const length = lowerBound(this.step, step);
    for (const column of [this.step, this.loss, this.smooth, this.accuracy, this.gradNorm]) column.truncate(length);
    for (const column of [this.rate, this.speed, this.smoothSpeed, this.memory]) column.truncate(length);
    this.rewards.cut(length);
    this.#cutValidations(step);
    this.#smoother.reset();
  }

  #cutValidations(step: number): void {
    const length = lowerBound(this.validationStep, step);
    for (const column of [this.validationStep, this.validationLoss, this.validationAccuracy]) column.truncate(length);
    this.validationRewards.cut(length);
  }
}
