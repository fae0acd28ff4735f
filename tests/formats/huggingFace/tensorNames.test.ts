import { expect, test } from 'vitest';
import { sizeOf } from '../../../src/base/numbers/dtype';
import { parameterCount } from '../../../src/base/modelShape';
import { tensorPlan } from '../../../src/formats/huggingFace/tensorNames';
import type { TensorSpec } from '../../../src/base/numbers/tensorData';
import { MODEL } from '../helpers';

const tensors = (): TensorSpec[] =>
  tensorPlan(MODEL).flatMap((p) => p.slices.map((s): TensorSpec => ({ name: s.name, dtype: 'F32', shape: s.shape })));

test('the slices of a parameter are the whole of it, in order', () => {
  for (const { parameter, slices } of tensorPlan(MODEL)) {
    let row = 0;
    for (const slice of slices) {
      expect(slice.row).toBe(row);
      expect(slice.shape).toEqual([slice.rows, ...parameter.shape.slice(1)]);
      row += slice.rows;
    }
    expect(row).toBe(parameter.shape[0]);
  }
  expect(tensors().reduce((n, t) => n + sizeOf(t.shape), 0)).toBe(parameterCount(MODEL));
});

test('names and shapes are those of LlamaForCausalLM', () => {
  const shapes = Object.fromEntries(tensors().map((t) => [t.name, t.shape]));
  expect(shapes).toMatchObject({
    'model.embed_tokens.weight': [301, 60],
    'model.layers.1.input_layernorm.weight': [60],
    'model.layers.1.self_attn.q_proj.weight': [60, 60],
    'model.layers.1.self_attn.k_proj.weight': [20, 60],
    'model.layers.1.self_attn.v_proj.weight': [20, 60],
    'model.layers.1.self_attn.o_proj.weight': [60, 60],
    'model.layers.1.post_attention_layernorm.weight': [60],
    'model.layers.1.mlp.gate_proj.weight': [77, 60],
    'model.layers.1.mlp.up_proj.weight': [77, 60],
    'model.layers.1.mlp.down_proj.weight': [60, 77],
    'model.norm.weight': [60],
  });
  expect(Object.keys(shapes)).toHaveLength(2 + 2 * 9);
});
