/**
 * Weights of f16 training. The model reads matrices and the embedding from copies in halves; what the optimizer
 * updates stays in f32, where an update of 10⁻³ of a weight is not lost in 11 bits, and the copies are made anew after
 * each update.
 */
import { parameterSpecs, type ModelShape, type ParameterSpec } from '../../base/modelShape';
import { refreshHalves } from '../ops/matrix/halves';
import { disposeMatrix, isQuantized, newCopy, partsOf, type Matrix } from '../ops/matrix/matrix';
import { quantizedBytes } from '../ops/matrix/quantize';
import { quantizable, type Weights } from './weights';

const pairOf = ({ shape }: ParameterSpec): [rows: number, columns: number] => [shape[0]!, shape[1]!];

/** Bytes of the copies. */
export const copyBytes = (shape: ModelShape): number =>
  parameterSpecs(shape).reduce((sum, spec) => sum + (quantizable(spec) ? quantizedBytes('f16', pairOf(spec)) : 0), 0);

export class F16Weights {
  /** As the model reads them. */
  readonly weights: Weights;
  readonly #copies = new Map<string, Matrix>();

  constructor(shape: ModelShape, weights: Weights) {
    for (const spec of parameterSpecs(shape).filter(quantizable)) {
      const weight = weights.get(spec.name)!;
      if (!isQuantized(weight)) this.#copies.set(spec.name, newCopy(weight));
    }
    this.weights = new Map([...weights].map(([name, own]) => [name, this.#copies.get(name) ?? own]));
    this.refresh();
  }

  /** Queues the copying of all trained matrices, or of this one. */
  refresh(name?: string): void {
    const matrices = [...this.#copies].flatMap(([own, copy]) => (name === undefined || name === own ? [copy] : []));
    refreshHalves(matrices.flatMap(partsOf).flatMap(({ matrix }) => (isQuantized(matrix) ? [matrix] : [])));
  }

  dispose(): void {
    this.#copies.forEach(disposeMatrix);
  }
}
