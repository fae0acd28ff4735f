/** What the rest of the engine sees of a model, whatever its family. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelShape } from '../../base/modelShape';
import type { Adapting } from './adapter';
import type { Place } from '../ops/attention/attention';
import type { Matrix } from '../ops/matrix/matrix';
import type { TokenInput } from './tokenInput';
import type { Weights } from './weights';

/** Keys and values of the tokens so far, per layer: [kvHeads, capacity, headDim] each. */
export interface Cache {
  readonly layers: readonly { keys: Tensor; values: Tensor }[];
  /** The most tokens it holds. */
  readonly capacity: number;
}

/** What training and generation need of a model. Its weights are the tensors it was made with, never copies. */
export interface Model {
  readonly shape: ModelShape;
  readonly weights: Weights;
  /** [vocabSize, hiddenSize], of a classifier [classes, hiddenSize]: turns states into logits. */
  readonly head: Matrix;
  /** That of the model which DPO and KTO compare with. */
  readonly referenceHead: Matrix;
  /** What the head is applied to: [batch·length, hiddenSize], normed. Recorded on the tape when one is on. */
  states(input: TokenInput, adapting?: Adapting): Tensor;
  /** Logits of every token: [batch·length, rows of the head], which training and evaluation never hold at once. */
  logits(input: TokenInput): Tensor;
  /**
   * Logits [1, vocabSize] after token `last` of one window; the window's keys and values go into the cache from 0 on.
   */
  prefill(input: TokenInput, last: number, cache: Cache): Tensor;
  /**
   * Logits [1, vocabSize] after token `last` (default: the last) of the next tokens of one window, which are added to
   * the cache from `place` on. A captured call is replayed at other places below `room`, which is at most the capacity:
   * what depends on the place is read from the object, in
   * `live`.
   */
  decode(input: TokenInput, place: Place, room: number, cache: Cache, last?: number): Tensor;
}
