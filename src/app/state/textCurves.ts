// The loss of each text of a run that mixes several, as growing columns. What else a run measures is in curves.ts.
import { Column, lowerBound } from '../ui/Chart/column';
import { Smoother } from '../ui/Chart/smoother';

/** A loss at the steps that measured it. */
class LossColumn {
  readonly step = new Column();
  readonly loss = new Column();

  push(step: number, loss: number): void {
    this.step.push(step);
    this.loss.push(loss);
  }

  cutFrom(step: number): void {
    const length = lowerBound(this.step, step);
    this.step.truncate(length);
    this.loss.truncate(length);
  }
}

/** Steps that a curve looks back on, of those that graded the text. */
const SMOOTHED_OVER = 12;

/** The curves of one text. A step that graded nothing of it has no point: a line of gaps would show nothing. */
export class TextCurve {
  /** The mean over the last steps. */
  readonly training = new LossColumn();
  readonly validation = new LossColumn();
  readonly #smoother = new Smoother(SMOOTHED_OVER);

  addStep(step: number, loss: number): void {
    if (Number.isFinite(loss)) this.training.push(step, this.#smoother.next(loss));
  }

  addValidation(step: number, loss: number): void {
    if (Number.isFinite(loss)) this.validation.push(step, loss);
  }

  /** As of a run that resumed: it measures these steps again. */
  cutFrom(step: number): void {
    this.training.cutFrom(step);
    this.#smoother.reset();
  }
}
