// The matrices A and B of a LoRA adapter by the module they stand beside, as all adapter formats here order them.
import { architectureOf, type ModelShape } from '../../base/modelShape';
import { loraAName, loraBName, loraPlaces, type LoraShape, type LoraTarget } from '../../base/lora';
import { tensorPlan } from '../huggingFace/tensorNames';

/** One matrix of an adapter in published files, and where its rows lie in ours. */
export interface AdapterTensor {
  /** The layer that is adapted, as transformers names it: `model.layers.0.self_attn.q_proj`. */
  module: string;
  target: LoraTarget;
  part: 'A' | 'B';
  /** A [rank, in], B [out, rank]. */
  shape: [number, number];
  /** The parameter of ours that holds it, `layers.0.qkv.loraA`, and its first row there. */
  parameter: string;
  row: number;
}

/** The matrices of an adapter, A before B, in the order of the model's layers. */
export function adapterTensors(
  shape: ModelShape,
  { rank, targets }: Pick<LoraShape, 'rank' | 'targets'>,
): AdapterTensor[] {
  const modules = new Map(
    tensorPlan(shape).flatMap(({ parameter, slices }) =>
      slices.map((s) => [`${parameter.name}:${s.row}`, s.name.replace(/\.weight$/, '')] as const),
    ),
  );
  return loraPlaces(shape, targets).flatMap(({ matrix, inSize, segments }) => {
    let row = 0;
    return segments.flatMap(({ target, start, rows }, i): AdapterTensor[] => {
      const shared = { module: modules.get(`${matrix}:${start}`)!, target };
      const [rowA, rowB] = [i * rank, row];
      row += rows;
      return [
        { ...shared, part: 'A', shape: [rank, inSize], parameter: loraAName(matrix), row: rowA },
        { ...shared, part: 'B', shape: [rows, rank], parameter: loraBName(matrix), row: rowB },
      ];
    });
  });
}

/** What PEFT calls a target. GPT-2 has two layers named c_proj, told apart by what they lie in. */
export const moduleNameOf = (shape: ModelShape, module: string): string =>
  module
    .split('.')
    .slice(architectureOf(shape).family === 'gpt2' ? -2 : -1)
    .join('.');
