/**
 * Training steps that are captured once per shape and then replayed: no tape, no tensor, no bind group, no allocation.
 * What differs between two steps are the tokens, in buffers that a plan keeps, and `StepNumbers`, in the live params of
 * its dispatches; so a replayed step runs the very dispatches of an eager one, and gives its bits. Measured with 12
 * small layers in Node on Dawn, 70 steps of each in turns: a replay keeps JavaScript busy for an eighth of the time (at
 * least 2.4 ms instead of 19; medians 5.9 and 53 on a busy machine).
 */
import type { TokenBatch } from '../../base/batch';
import type { ModelShape } from '../../base/modelShape';
import { gpu, type Arena, type DispatchPlan } from '../device/kernel';
import { eachOrNone, labelRoom, newBatchBuffers, shapeOf, type BatchBuffers } from './tokenBatch';

/**
 * Shapes of steps kept at a time. A run has one or two, its windows and fewer of them at the end, each with up to eight
 * rooms for labels.
 */
const MOST_SHAPES = 16;
/** GPU time of one submit: long ones keep the page's own frames waiting, and drivers kill those of some seconds. */
const SUBMIT_MS = 100;
/** Before a step was timed: as many dispatches as an eager submit has. */
const FIRST_SUBMIT = 64;
/** However slow the adapter is: each submit costs time of its own. */
const SMALLEST_SUBMIT = 4;

interface Captured {
  plan: DispatchPlan;
  inputs: BatchBuffers[];
}

/**
 * The steps of one trainer. Its plans share one arena: they never run at once, and what they compute is dead between
 * steps.
 */
export class Replayed {
  /** Kept, so that a trainer can be disposed after the engine was closed. */
  readonly #gpu = gpu();
  readonly #arena: Arena = this.#gpu.newArena();
  /** By shape, the one used last at the end. */
  readonly #captured = new Map<string, Captured>();
  #perSubmit = FIRST_SUBMIT;
  #settledAt = 0;

  /**
   * @param work everything of a step but its inputs; it must dispatch the same for every batch of one shape
   */
  constructor(
    readonly model: ModelShape,
    readonly work: (inputs: BatchBuffers[]) => void,
  ) {}

  /** Puts the micro-batches into the buffers of their shape, capturing it if it is new. Nothing is computed yet. */
  prepare(micro: readonly TokenBatch[]): DispatchPlan {
    const room = labelRoom(micro);
    const shape = `${micro.map(shapeOf).join()} ${room}`;
    const found = this.#captured.get(shape) ?? this.#capture(micro, room);
    this.#captured.delete(shape);
    this.#captured.set(shape, found);
    found.inputs.forEach((input, i) => input.write(micro[i]!));
    this.#forgetOldest();
    return found.plan;
  }

  /** Compiles the kernels of the step of such micro-batches; `told` as in `DispatchPlan.compile`. */
  compile(micro: readonly TokenBatch[], told: (done: number, total: number) => void): Promise<void> {
    return this.prepare(micro).compile(told);
  }

  #capture(micro: readonly TokenBatch[], room: number): Captured {
    const inputs = eachOrNone(micro, (batch) => newBatchBuffers(batch, this.model, room));
    try {
      return { plan: this.#gpu.capture(this.#arena, () => this.work(inputs)), inputs };
    } catch (thrown) {
      inputs.forEach((input) => input.dispose());
      throw thrown;
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#captured;
    if (!oldest || this.#captured.size <= MOST_SHAPES) return;
    const [shape, { plan, inputs }] = oldest;
    this.#captured.delete(shape);
    this.#gpu.release(plan, this.#arena);
    inputs.forEach((input) => input.dispose());
  }

  /**
   * Queues the step. The returned function is called when its numbers are there: it times the step and so sets the
   * submits to come.
   */
  run(plan: DispatchPlan): () => void {
    const begun = performance.now();
    this.#gpu.replay(plan, this.#perSubmit);
    return () => {
      const now = performance.now();
      const took = now - Math.max(begun, this.#settledAt);
      this.#settledAt = now;
      // no more than doubled: numbers of several steps may arrive at once, and the last then seem to have taken no time
      const fitting = Math.floor((plan.length * SUBMIT_MS) / took);
      this.#perSubmit = Math.max(SMALLEST_SUBMIT, Math.min(fitting, 2 * this.#perSubmit));
    };
  }

  /** Runs `f`, which keeps nothing that it allocates, with the buffers of the steps instead of more. */
  borrow<T>(f: () => T): T {
    return this.#gpu.within(this.#arena, f);
  }

  dispose(): void {
    this.#captured.forEach(({ inputs }) => inputs.forEach((input) => input.dispose()));
    this.#captured.clear();
    this.#gpu.freeArena(this.#arena);
  }
}
