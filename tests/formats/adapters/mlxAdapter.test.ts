import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loraTargets } from '../../../src/base/lora';
import { readHfConfig } from '../../../src/formats/huggingFace/hfConfig';
import { mlxBytes, mlxTensors } from '../../../src/formats/adapters/mlxAdapter';
import { peftBytes, peftTensors } from '../../../src/formats/adapters/peft';

const FIXTURES = join(import.meta.dirname, '../../fixtures/published');
const modelOf = (family: string) =>
  readHfConfig(readFileSync(join(FIXTURES, family, 'config.json'), 'utf8'), 'config.json').model;

/** Each value tells where it lies. */
const read = (width: number) => (parameter: string, row: number, rows: number) =>
  Promise.resolve(Float32Array.from({ length: rows * width }, (_, i) => 1e4 * parameter.length + 100 * row + i));

test.each(['smol', 'gpt2'])('the adapter of %s for mlx-lm is PEFT’s, each matrix turned over', async (family) => {
  const model = modelOf(family);
  const lora = { rank: 3, alpha: 6, dropout: 0, rankStabilized: false, targets: loraTargets(model) };
  const [mlx, peft] = [mlxTensors(model, lora), peftTensors(model, lora)];
  expect(mlx).toHaveLength(peft.length);
  for (const [i, tensor] of mlx.entries()) {
    const [rows, columns] = peft[i]!.source.shape;
    expect(tensor.shape).toEqual([columns, rows]);
    const floats = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.slice().buffer);
    const turned = floats(await mlxBytes(tensor, read(columns)));
    const plain = floats(await peftBytes(peft[i]!, read(columns)));
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        expect(turned[column * rows + row]).toBe(plain[row * columns + column]);
  }
  const [first] = mlx;
  expect(first!.name).toBe(
    family === 'gpt2' ? 'model.h.0.attn.c_attn.lora_a' : 'model.layers.0.self_attn.q_proj.lora_a',
  );
});
